"""Who calls, and who may: roles by token, travellers by the access token of their reservation."""

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import wraps
from typing import Any, TypeVar

from flask import request
from itsdangerous import BadSignature, Signer

from common.config import settings
from common.errors import NotAllowed

F = TypeVar("F", bound=Callable[..., Any])


class Role(StrEnum):
    """What a caller is to the system; each has its own column in the table of who may do what."""

    ANONYMOUS = "anonymous"
    TRAVELLER = "traveller"
    AGENT = "agent"
    OPERATOR = "operator"
    ADMIN = "admin"
    SERVICE = "service"


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Who calls: `name` is stable and safe to keep ("usr_7f3a", "installation"), never an address."""

    name: str
    role: Role


ANONYMOUS = Caller(name="anonymous", role=Role.ANONYMOUS)
#: Who holds AEROSAGA_OPERATOR_TOKEN: the tools of the machine the system was installed on.
INSTALLATION = Caller(name="installation", role=Role.ADMIN)


def caller() -> Caller:
    """Return who makes the present request."""
    return INSTALLATION if is_operator() else ANONYMOUS


def bearer() -> str:
    """Return the token of the request's `Authorization: Bearer` header, or an empty text."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def is_operator() -> bool:
    """Return whether the request carries the operators' token."""
    wanted = settings().operator_token
    return bool(wanted) and hmac.compare_digest(bearer().encode(), str(wanted).encode())


def access_token(locator: str) -> str:
    """Return the token that opens the reservation of this locator, and no other."""
    return _signer().sign(locator).decode()


def opens(locator: str) -> bool:
    """Return whether the request carries the access token of this reservation."""
    try:
        return _signer().unsign(bearer()).decode() == locator
    except BadSignature:
        return False


def for_operators(endpoint: F) -> F:
    """
    Make an endpoint answer operators only.

    :raises NotAllowed: if the request does not carry `Authorization: Bearer <AEROSAGA_OPERATOR_TOKEN>`
    """

    @wraps(endpoint)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        if not is_operator():
            raise NotAllowed("This is for operators: send the operators' token as a bearer token.")
        return endpoint(*args, **kwargs)

    guarded._apidoc = {**getattr(endpoint, "_apidoc", {}), "manual_doc": {"security": [{"bearer": []}]}}  # type: ignore[attr-defined]
    return guarded  # type: ignore[return-value]


def _signer() -> Signer:
    secret = settings().token_secret
    if not secret:
        raise LookupError("Access tokens cannot be signed: set AEROSAGA_TOKEN_SECRET to a long random text.")
    return Signer(secret, salt="reservation")
