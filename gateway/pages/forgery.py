"""Requests that somebody else's page makes a browser send: a token in each form, and what browsers say themselves."""

from __future__ import annotations

import base64
import hmac
import secrets

from flask import request, session

FIELD = "csrf"
_BYTES = 16
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
# What a browser says of a request that began here, or that somebody typed.
_OWN_SITES = frozenset({"same-origin", "none"})


def token() -> str:
    """
    Return a token for a form of this browser.

    It looks different each time, so that what compresses the page tells nothing about it (BREACH).
    """
    if "csrf" not in session:
        session["csrf"] = secrets.token_hex(_BYTES)
    mask = secrets.token_bytes(_BYTES)
    return base64.urlsafe_b64encode(mask + _crossed(mask, bytes.fromhex(session["csrf"]))).decode()


def is_forged() -> bool:
    """Return whether a request that may change something was sent by a page that is not ours."""
    if request.method in _SAFE_METHODS:
        return False
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in _OWN_SITES:
        return True
    origin = request.headers.get("Origin")
    if origin not in (None, "null") and origin != f"{request.scheme}://{request.host}":
        return True
    return not _fits(request.form.get(FIELD, ""))


def _fits(sent: str) -> bool:
    try:
        raw = base64.urlsafe_b64decode(sent.encode())
    except ValueError:
        return False
    known = session.get("csrf")
    if known is None or len(raw) != 2 * _BYTES:
        return False
    return hmac.compare_digest(_crossed(raw[:_BYTES], raw[_BYTES:]), bytes.fromhex(known))


def _crossed(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))
