"""Cookies that only the door can read: sealed, out of reach of scripts, and each sent to its own paths alone."""

from __future__ import annotations

import logging
from typing import Any

from flask import Response, after_this_request, request

from common import codec, sealing
from gateway.pages.errors import TooMuch

log = logging.getLogger(__name__)

# A header may have 4,000 bytes, and one request carries at most the session, the login and one of these.
MOST_BYTES = 2800


def read(name: str) -> dict[str, Any] | None:
    """Return what was put into a cookie; None if there is none, or none that was sealed here."""
    sealed = request.cookies.get(name)
    return opened(name, sealed) if sealed else None


def opened(name: str, sealed: str) -> dict[str, Any] | None:
    """Return what is in a cookie of this name; None if it was not sealed here."""
    try:
        found = codec.loads(sealing.unseal(sealed, purpose=_purpose(name)))
    except (sealing.Unsealable, ValueError) as error:
        log.info("a cookie %s is not ours: %s", name.partition("_")[0], error)
        return None
    return found if isinstance(found, dict) else None


def put(response: Response, name: str, value: dict[str, Any], *, path: str = "/", seconds: int | None = None) -> None:
    """
    Set a cookie for `path` and what is below it; without `seconds` it ends with the browser.

    :raises TooMuch: if it would not come back whole
    """
    sealed = sealing.seal(codec.dumps(value), purpose=_purpose(name))
    if len(sealed) > MOST_BYTES:
        raise TooMuch(f"{len(sealed)} bytes")
    response.set_cookie(
        name, sealed, path=path, max_age=seconds, httponly=True, secure=request.is_secure, samesite="Lax"
    )


def put_later(name: str, value: dict[str, Any], *, path: str = "/", seconds: int | None = None) -> None:
    """
    Set a cookie with whatever is answered to this request.

    :raises TooMuch: if it would not come back whole
    """
    carrier = Response()
    put(carrier, name, value, path=path, seconds=seconds)
    header = carrier.headers["Set-Cookie"]

    @after_this_request
    def add(response: Response) -> Response:
        response.headers.add("Set-Cookie", header)
        return response


def drop_later(name: str, *, path: str = "/") -> None:
    """Take a cookie back with whatever is answered to this request."""

    @after_this_request
    def drop(response: Response) -> Response:
        response.delete_cookie(name, path=path, httponly=True, secure=request.is_secure, samesite="Lax")
        return response


def _purpose(name: str) -> str:
    # One cookie is never taken for another, whoever renames it.
    return f"cookie {name}"
