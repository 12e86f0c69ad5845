"""Flask's session in a sealed cookie: what was said to this browser, its secret against forgeries, its latest trips."""

from __future__ import annotations

from typing import Any

from flask import Flask, Request, Response
from flask.sessions import SecureCookieSession, SessionInterface, SessionMixin

from gateway.pages import cookies
from gateway.pages.errors import TooMuch

NAME = "aerosaga_session"


class SealedSessions(SessionInterface):
    """Keeps sessions with their browsers, so that the door stores nothing and may be restarted at any moment."""

    session_class = SecureCookieSession

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession:
        """Return the session of a request, empty for one that has none."""
        return self.session_class(cookies.read(NAME) or {})

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Send the session back if it has changed."""
        if not session.modified:
            return
        if not session:
            response.delete_cookie(NAME)
            return
        kept: dict[str, Any] = dict(session)
        try:
            cookies.put(response, NAME, kept)
        except TooMuch:
            # What was said can be said again; the rest is small by itself.
            kept.pop("_flashes", None)
            cookies.put(response, NAME, kept)
