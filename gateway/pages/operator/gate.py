"""Who may look at the console: operators and admins; what they may do there, the services decide."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import quote

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from common.auth import Role
from gateway.pages import refusals
from gateway.pages.blueprints import page_blueprint
from gateway.pages.logins import Login, login

_ROLES = frozenset({Role.OPERATOR, Role.ADMIN})


def console_blueprint(name: str, import_name: str) -> Blueprint:
    """Return an empty blueprint of pages that only operators see."""
    blueprint = page_blueprint(name, import_name)
    blueprint.before_request(_turn_away)
    return blueprint


def is_operator(person: Login | None) -> bool:
    """Return whether the console is offered to somebody."""
    return person is not None and person.role in _ROLES


def _turn_away() -> Response | None:
    person = login()
    if is_operator(person):
        return None
    if person is None:
        if request.headers.get("HX-Request") == "true":
            return refusals.page(HTTPStatus.UNAUTHORIZED)
        # A form that was sent after the login ended is not sent again by itself: its page is shown.
        here = request.full_path.rstrip("?") if request.method == "GET" else request.path
        return redirect(f"/login?next={quote(here, safe='/')}", 303)
    return refusals.page(
        HTTPStatus.FORBIDDEN,
        detail=f"The console is for operators, and your account is a {person.role}'s. An admin can change that; "
        "log out and in again afterwards.",
    )
