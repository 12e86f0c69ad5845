"""What went wrong, as a page: the problem documents of the API and the door in the words of who reads them."""

from __future__ import annotations

import logging
from http import HTTPStatus

from flask import Response, make_response, render_template, request
from werkzeug.exceptions import HTTPException

from gateway.pages.errors import Away, Forged, Lapsed, Refused
from gateway.pages.headers import finish

log = logging.getLogger(__name__)

#: What is said by status: a title, and what to do now.
_SAID = {
    400: ("That request was not readable", "Go back and try again."),
    401: ("Please log in", "This page is only for somebody who is logged in."),
    403: ("This is not yours to open", "Your account does not have the right to see this."),
    404: ("There is nothing here", "The address may be mistyped, or what was here is gone."),
    405: ("That does not work here", "Go back and use the buttons of the page."),
    409: ("That is no longer possible", "Something has changed in the meantime."),
    413: ("That was too much", "What you sent is larger than what is taken here."),
    422: ("That was not accepted", "Go back and check what you entered."),
    429: ("A moment, please", "There were too many tries from here. Wait a little, then try again."),
    500: ("This was our mistake", "It was written down. Try again; nothing was lost."),
    503: ("We are back in a moment", "A part of the system does not answer just now. Nothing was lost: try again."),
}


def wants_a_page() -> bool:
    """Return whether a person's browser asks, rather than a program."""
    return "text/html" in request.headers.get("Accept", "")


def page(status: int, *, detail: str | None = None, again: bool = False) -> Response:
    """Return a page that says what went wrong; with `again`, trying the same once more may help."""
    title, advice = _SAID.get(status, _SAID[500 if status >= 500 else 400])
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
