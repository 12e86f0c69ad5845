"""gunicorn's thread worker, whose refusals of what is not HTTP are problem documents too."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from gunicorn import util
from gunicorn.http.errors import (
    ConfigurationProblem,
    InvalidResponseHeader,
    InvalidResponseHeaderName,
    LimitRequestHeaders,
    LimitRequestLine,
    ParseException,
)
from gunicorn.workers.gthread import ThreadWorker

from gateway import problems, rules
from gateway.problems import Problem

_OURS = (ConfigurationProblem, InvalidResponseHeader, InvalidResponseHeaderName)


class DoorWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn ships no types
    """Only for the door: behind it, nothing arrives that gunicorn would refuse."""

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:
        """Answer a request that could not be read; a fault of our own is left to gunicorn."""
        if not isinstance(exc, ParseException) or isinstance(exc, _OURS):
            super().handle_error(req, client, addr, exc)
            return
        self.log.info("refused what is not HTTP from %s: %s", addr, exc)
        try:
            util.write_nonblock(client, _answer(_problem_of(exc)))
        except OSError:
            self.log.debug("the client did not wait for it")


def _problem_of(error: BaseException) -> Problem:
    if isinstance(error, LimitRequestLine):
        return problems.LONG_URL
    return problems.LARGE_HEADERS if isinstance(error, LimitRequestHeaders) else problems.MALFORMED


def _answer(problem: Problem) -> bytes:
    body = problem.document("/").encode()
    headers = {
        "Connection": "close",
        "Content-Type": "application/problem+json",
        "Content-Length": str(len(body)),
        "Cache-Control": "no-store",
        **rules.SECURITY_HEADERS,
        "Content-Security-Policy": rules.DATA_POLICY,
    }
    phrase = HTTPStatus(problem.status).phrase
    lines = [f"HTTP/1.1 {problem.status} {phrase}", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body
