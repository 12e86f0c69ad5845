"""Decorators of endpoints that say who may use them, in the code and in the OpenAPI document."""

from collections.abc import Callable
from copy import deepcopy
from functools import wraps
from typing import Any, TypeVar

from common.auth.callers import Caller, Role, Scope
from common.auth.present import caller
from common.errors import NotAllowed, NotLoggedIn

#: For the OpenAPI document of an endpoint that asks for a token by itself.
BEARER: list[dict[str, list[str]]] = [{"bearer": []}]

F = TypeVar("F", bound=Callable[..., Any])


def allowed(*roles: Role, scope: Scope | None = None) -> Callable[[F], F]:
    """
    Let callers of these roles use an endpoint, and no others; service accounts only with a key that has `scope`.

    Put it outermost, so that nothing of the request is read for somebody who may not send it. The endpoint raises
    NotLoggedIn (401) if nobody has logged in, BadToken (401) if the token is not good, NotAllowed (403) if the role or
    the scope does not do.
    """
    if (Role.SERVICE in roles) != (scope is not None):
        raise ValueError("A service account is let in by a scope: name both, or neither.")

    def guard(endpoint: F) -> F:
        @wraps(endpoint)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            check(caller(), *roles, scope=scope)
            return endpoint(*args, **kwargs)

        guarded._apidoc = _described(getattr(endpoint, "_apidoc", {}))  # type: ignore[attr-defined]
        return guarded  # type: ignore[return-value]

    return guard


def check(who: Caller, *roles: Role, scope: Scope | None = None) -> None:
    """
    Return if `who` has one of the roles, and the scope if it is a service account.

    :raises NotLoggedIn: if nobody has logged in
    :raises NotAllowed: if the role or the scope does not do
    """
    if who.role not in roles:
        wanted = " or ".join(roles)
        if who.role is Role.ANONYMOUS:
            raise NotLoggedIn(f"This is for who has logged in ({wanted}): send `Authorization: Bearer <access token>`.")
        raise NotAllowed(f"This is for the role {wanted}; you have the role {who.role}.")
    if who.role is Role.SERVICE and scope not in who.scopes:
        raise NotAllowed(f"The key does not have the scope {scope}.")


def for_operators(endpoint: F) -> F:
    """Let operators and admins use an endpoint, as `allowed` does."""
    return allowed(Role.OPERATOR, Role.ADMIN)(endpoint)


def _described(known: dict[str, Any]) -> dict[str, Any]:
    described = deepcopy(known)
    described["manual_doc"] = {**described.get("manual_doc", {}), "security": BEARER}
    responses = described.setdefault("response", {}).setdefault("responses", {})
    for status, name in ((401, "UNAUTHORIZED"), (403, "FORBIDDEN")):
        responses.setdefault(status, []).append(name)
    return described
