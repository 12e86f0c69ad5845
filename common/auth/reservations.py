"""Access tokens of reservations: each opens the one it was made for, to whoever holds it."""

import re

from itsdangerous import BadSignature, Signer

from common.config import settings

# A locator and a signature.
_FORM = re.compile(r"[A-Z2-9]{6}\.[A-Za-z0-9_-]+")


def access_token(locator: str) -> str:
    """Return the token that opens the reservation of this locator, and no other."""
    return _signer().sign(locator).decode()


def fits(token: str, locator: str) -> bool:
    """Return whether a token is the one that opens the reservation of this locator."""
    try:
        return _signer().unsign(token).decode() == locator
    except BadSignature:
        return False


def is_like_a_token(text: str) -> bool:
    """Return whether a text has the form of such a token, whatever its signature is worth."""
    return _FORM.fullmatch(text) is not None


def _signer() -> Signer:
    secret = settings().token_secret
    if not secret:
        raise LookupError("Access tokens cannot be signed: set AEROSAGA_TOKEN_SECRET to a long random text.")
    return Signer(secret, salt="reservation")
