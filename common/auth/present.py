"""Who makes the present request, told by its `Authorization` header."""

import hmac

from flask import current_app, g, request

from common.auth import reservations, tokens
from common.auth.callers import ANONYMOUS, INSTALLATION, Caller, Role
from common.auth.tokens import BadToken, Keys
from common.config import settings

#: Where `create_api` puts the keys that this service verifies access tokens with.
KEYS = "aerosaga-keys"
#: How an API key begins; only auth_svc knows what it stands for, and gives an access token for it.
API_KEY_PREFIX = "ask_"


def caller() -> Caller:
    """
    Return who makes the present request; `ANONYMOUS` without a token, and with a reservation's own access token.

    :raises BadToken: if there is a token that is expired, altered or unknown
    """
    if "caller" not in g:
        g.caller = _caller()
    found: Caller = g.caller
    return found


def bearer() -> str:
    """Return the token of the request's `Authorization: Bearer` header, or an empty text."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def is_operator() -> bool:
    """
    Return whether an operator or an admin calls.

    :raises BadToken: as `caller`
    """
    return caller().role in {Role.OPERATOR, Role.ADMIN}


def client_address() -> str:
    """
    Return the address the request came from, for limits of guessing.

    The last entry of X-Forwarded-For is the public door's own; what a client wrote stands before it.
    """
    forwarded = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    return (forwarded or request.remote_addr or "nowhere")[:45]


def is_installation(token: str) -> bool:
    """Return whether a token is the installation's own, AEROSAGA_OPERATOR_TOKEN."""
    wanted = settings().operator_token
    return bool(wanted) and hmac.compare_digest(token.encode(), str(wanted).encode())


def _caller() -> Caller:
    token = bearer()
    if not token:
        if request.headers.get("Authorization", "").strip().lower() not in {"", "bearer"}:
            raise BadToken("Only bearer tokens are taken: send `Authorization: Bearer <token>`.")
        return ANONYMOUS
    if is_installation(token):
        return INSTALLATION
    if reservations.is_like_a_token(token):
        return ANONYMOUS  # what it opens is asked of `opened_by`, where a reservation is looked for
    if token.count(".") == 2:
        keys: Keys = current_app.extensions[KEYS]
        return tokens.verify(token, keys)
    if token.startswith(API_KEY_PREFIX):
        raise BadToken("API keys are taken at the public door only, which exchanges them; send it there.")
    raise BadToken("The bearer token is none that is known here.")
