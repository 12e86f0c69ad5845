"""Accounts, logins and keys, while a process of auth_svc dies."""

from uuid import uuid4

from tests.reliability.rest import Rest
from tests.reliability.traveller import Traveller
from tests.stack import Json

PASSWORD = "a difference engine"


def registered(traveller: Traveller, rest: Rest) -> Json:
    """Register, and log in: both work, whatever was answered in between."""
    person = {"email": f"ada-{uuid4().hex[:12]}@example.org", "password": PASSWORD}
    traveller.send("auth", "/auth/register", person)
    tokens = log_in(traveller, person)
    shown = traveller.look("auth", "/auth/me", token=tokens["accessToken"])
    return {**person, **tokens, "name": shown["name"]}


def logged_out(traveller: Traveller, rest: Rest) -> None:
    """Renew a login and end it; who got no answer may have to log in again, and can."""
    person = registered(traveller, rest)
    renewed = traveller.send("auth", "/auth/refresh", {"refreshToken": person["refreshToken"]}, or_refused=(401, 409))
    tokens = renewed if "refreshToken" in renewed else log_in(traveller, person)
    traveller.send("auth", "/auth/logout", {"refreshToken": tokens["refreshToken"]})
    refused = traveller.send("auth", "/auth/refresh", {"refreshToken": tokens["refreshToken"]}, or_refused=401)
    assert "refreshToken" not in refused


def new_password(traveller: Traveller, rest: Rest) -> None:
    """Change a password: the new one is good, the old one is not."""
    person = registered(traveller, rest)
    other = {**person, "password": "an analytical engine"}
    change = {"presentPassword": PASSWORD, "password": other["password"]}
    # Who got no answer and asks again has the old password, and a login that is over.
    traveller.send("auth", "/auth/me", change, method="PATCH", token=person["accessToken"], or_refused=(401, 403, 422))
    log_in(traveller, other)
    credentials = {"email": person["email"], "password": PASSWORD}
    assert "accessToken" not in traveller.send("auth", "/auth/login", credentials, or_refused=401)


def managed(traveller: Traveller, rest: Rest) -> None:
    """Make somebody an operator, and disable them."""
    person, token = registered(traveller, rest), traveller.stack.operator_token
    place = f"/auth/users/{person['name']}"
    granted = {"role": "operator", "reason": "asked"}
    assert traveller.send("auth", f"{place}/role", granted, method="PUT", token=token)["role"] == "operator"
    traveller.send("auth", place, {"disabled": True, "reason": "gone"}, method="PATCH", token=token)
    assert "accessToken" not in traveller.send("auth", "/auth/login", _credentials(person), or_refused=401)


def program(traveller: Traveller, rest: Rest) -> None:
    """Open an account for a program, make it a key that works, and revoke that."""
    token = traveller.stack.operator_token
    account = traveller.send("auth", "/auth/service-accounts", {"label": "the matrix"}, token=token)["name"]
    keys = f"/auth/service-accounts/{account}/keys"
    key = traveller.send("auth", keys, {"label": "one", "scopes": ["reservations:read"]}, token=token)
    traveller.look("auth", "/verify", token=key["key"])
    traveller.send("auth", f"{keys}/{key['name']}", None, method="DELETE", token=token, or_refused=404)
    assert traveller.look("auth", "/verify", token=key["key"], or_refused=401).get("code") == "bad_token"


def rotated(traveller: Traveller, rest: Rest) -> None:
    """Renew the signing key; who had logged in before still is."""
    person, token = registered(traveller, rest), traveller.stack.operator_token
    traveller.send("auth", "/auth/keys/rotations", {"reason": "the matrix"}, token=token)
    traveller.look("booking", "/reservations", token=person["accessToken"])


def log_in(traveller: Traveller, person: Json) -> Json:
    """Log in, which must work."""
    return traveller.send("auth", "/auth/login", _credentials(person))


def _credentials(person: Json) -> Json:
    return {"email": person["email"], "password": person["password"]}
