"""Errors as the bank's clients see them: application/problem+json (RFC 9457)."""

import json
import logging
import sqlite3
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, request
from pydantic import ValidationError
from werkzeug.exceptions import HTTPException

log = logging.getLogger(__name__)


class Problem(Exception):
    """
    Raised to answer with a problem.

    :ivar code: one word for programs
    :ivar detail: a sentence for people; never holds what the client sent
    :ivar members: further members of the body
    """

    def __init__(
        self, status: int, *, code: str, detail: str, retry_after: int | None = None, **members: object
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.retry_after = retry_after
        self.members = members

    def body(self, instance: str) -> str:
        """Return the JSON text of the problem that happened at the path `instance`."""
        return json.dumps(
            {
                "type": "about:blank",
                "title": HTTPStatus(self.status).phrase,
                "status": self.status,
                "detail": self.detail,
                "instance": instance,
                "code": self.code,
                **self.members,
            }
        )


def invalid_body(error: ValidationError) -> Problem:
    """Return the problem that names each wrong field; never its value, which might be a card number."""
    errors = [
        {"field": ".".join(str(part) for part in fault["loc"]) or "body", "message": fault["msg"]}
        for fault in error.errors(include_url=False, include_context=False, include_input=False)
    ]
    detail = "The body does not fit; `errors` names each fault. Nothing was stored."
    return Problem(400, code="invalid_body", detail=detail, errors=errors)


def respond(problem: Problem) -> Response:
    """Return the response for a problem at the request's path."""
    body = problem.body(request.path)
    response = Response(body, status=problem.status, content_type="application/problem+json")
    if problem.retry_after is not None:
        response.headers["Retry-After"] = str(problem.retry_after)
    return response


def install(app: Flask) -> None:
    """Make every error of the application answer as a problem."""
    app.register_error_handler(Problem, respond)
    app.register_error_handler(HTTPException, _respond_to_http)
    app.register_error_handler(sqlite3.OperationalError, _respond_to_locked_file)
    app.register_error_handler(Exception, _respond_to_bug)


def _respond_to_http(error: HTTPException) -> Any:
    status = error.code or 500
    code = HTTPStatus(status).phrase.lower().replace(" ", "_")
    response = respond(Problem(status, code=code, detail=error.description or HTTPStatus(status).phrase))
    allowed = getattr(error, "valid_methods", None)
    if allowed:
        response.headers["Allow"] = ", ".join(sorted(allowed))
    return response


def _respond_to_locked_file(error: sqlite3.OperationalError) -> Response:
    log.error("The ledger's file could not be used: %s", error)
    detail = "The ledger is busy; ask again with the same key."
    return respond(Problem(503, code="try_again", detail=detail, retry_after=1))


def _respond_to_bug(error: Exception) -> Response:
    log.error("A request failed unexpectedly", exc_info=error)
    detail = "The bank failed unexpectedly; ask again with the same key to learn what became of the request."
    return respond(Problem(500, code="internal_error", detail=detail))
