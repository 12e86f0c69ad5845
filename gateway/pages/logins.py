"""Who is logged in: the tokens of auth_svc in a sealed cookie, renewed before they end, never seen by a script."""

from __future__ import annotations

import time
from dataclasses import dataclass

from flask import flash, g

from gateway.pages import cookies, shapes
from gateway.pages.api import api
from gateway.pages.errors import Away, Refused

NAME = "aerosaga_login"
# An access token that ends so soon is exchanged for the next one first.
_SOON_SECONDS = 90


@dataclass(frozen=True, kw_only=True)
class Login:
    """Somebody who is logged in; `until` is when the access token ends, in seconds since 1970."""

    email: str
    role: str
    access_token: str
    refresh_token: str
    until: float


def login() -> Login | None:
    """Return who looks at this page, None for a guest."""
    if "login" not in g:
        g.login = _read()
    found: Login | None = g.login
    return found


def token() -> str | None:
    """Return the access token of who looks at this page."""
    found = login()
    return found.access_token if found else None


def begin(tokens: shapes.Tokens) -> Login:
    """Remember who has just logged in."""
    g.login = _keep(tokens)
    begun: Login = g.login
    return begun


def end() -> None:
    """Forget who was logged in."""
    cookies.drop_later(NAME)
    g.login = None


def _read() -> Login | None:
    kept = cookies.read(NAME)
    if kept is None:
        return None
    try:
        found = Login(**{**kept, "until": float(kept["until"])})
    except (KeyError, TypeError, ValueError):
        return None
    return found if found.until - time.time() > _SOON_SECONDS else _renewed(found)


def _renewed(old: Login) -> Login | None:
    still_good = old if old.until > time.time() else None
    try:
        tokens = api().refresh(old.refresh_token)
    except Away:
        return still_good
    except Refused as refusal:
        # Another tab of this browser was a moment quicker; it has been given the next tokens, which come with the next
        # request.
        if refusal.status == 409:
            return still_good
        end()
        flash("You were logged out. Log in again to see your trips.", "info")
        return None
    return _keep(tokens, before=old)


def _keep(tokens: shapes.Tokens, *, before: Login | None = None) -> Login:
    """Remember these tokens, of somebody who was logged in `before`; auth_svc says who it is, and what by now."""
    try:
        who = api().me(token=tokens.access_token)
        email, role = who.email or who.name, who.role
    except Away:
        if before is None:
            raise
        # The old refresh token is used up: without the new one they would be logged out.
        email, role = before.email, before.role
    found = Login(
        email=email,
        role=role,
        access_token=tokens.access_token,
        refresh_token=tokens.refresh_token,
        until=time.time() + tokens.expires_in,
    )
    cookies.put_later(NAME, vars(found))
    return found
