"""Light or dark: what the reader's system says, unless they have said otherwise here."""

from __future__ import annotations

from flask import request
from werkzeug.wrappers import Response

NAME = "aerosaga_theme"
THEMES = ("light", "dark")
_YEAR = 31_536_000


def chosen() -> str | None:
    """Return what the reader has chosen, None for what their system says."""
    theme = request.cookies.get(NAME)
    return theme if theme in THEMES else None


def choose(response: Response, theme: str) -> None:
    """Remember a choice, or forget it for any other word."""
    if theme in THEMES:
        # Not httpOnly: the script that switches without loading the page anew writes it as well.
        response.set_cookie(NAME, theme, max_age=_YEAR, samesite="Lax", secure=request.is_secure)
    else:
        response.delete_cookie(NAME)
