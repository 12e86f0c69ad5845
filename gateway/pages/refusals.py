"""What went wrong, as a page: the problem documents of the API and the door in the words of who reads them."""

from __future__ import annotations

import logging
from http import HTTPStatus

from flask import Response, make_response, render_template, request
from werkzeug.exceptions import HTTPException

from gateway import problems
from gateway.pages.errors import Away, Forged, Lapsed, Refused
from gateway.pages.headers import finish

log = logging.getLogger(__name__)


def wants_a_page() -> bool:
    """Return whether a person's browser asks, rather than a program."""
    return "text/html" in request.headers.get("Accept", "")


def page(status: int, *, detail: str | None = None, again: bool = False) -> Response:
    """Return a page that says what went wrong; with `again`, trying the same once more may help."""
    title, advice = problems.to_people(status)
    rendered = render_template(
        "error.html", status=status, title=title, detail=detail, advice=advice, again=again or status == 503
    )
    response = make_response(rendered, status)
    # A part of a page that could not be made leaves what is shown as it is.
    response.headers["HX-Reswap"] = "none"
    if status in {429, 503}:
        response.headers["Retry-After"] = "2"
    return finish(response)


def of_api(refusal: Refused) -> Response:
    return page(refusal.status, detail=refusal.detail)


def of_absence(absence: Away) -> Response:
    log.warning("a page could not be made: %s", absence)
    return page(HTTPStatus.SERVICE_UNAVAILABLE)


def of_forgery(_: Forged) -> Response:
    return page(
        HTTPStatus.FORBIDDEN,
        detail="This form was not sent by a page of ours, or its page was open for too long. Nothing was done.",
        again=True,
    )


def of_lapse(_: Lapsed) -> Response:
    return page(
        HTTPStatus.NOT_FOUND,
        detail="This booking was begun in another browser, or more than two hours ago. Nothing was booked or paid.",
    )


def of_http(error: HTTPException) -> Response:
    return page(error.code or 500)


def of_nobody(error: HTTPException) -> Response | HTTPException:
    """Answer for a path that is nobody's: a page for a person, what there was for a program."""
    return page(error.code or 500) if wants_a_page() else error
