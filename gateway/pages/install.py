"""Adds the pages to the door's application."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Flask, Response, request

from common import clock
from gateway.pages import assets, forgery, formats, logins, themes
from gateway.pages.api import Api
from gateway.pages.operator import BLUEPRINTS as OF_OPERATORS
from gateway.pages.operator import gate, navigation
from gateway.pages.operator.api import Operations
from gateway.pages.places import Places, places
from gateway.pages.services import Services
from gateway.pages.sessions import SealedSessions
from gateway.pages.traveller import BLUEPRINTS as OF_TRAVELLERS
from gateway.pages.traveller.prices import Prices
from gateway.pages.traveller.sandbox import Sandbox

#: Every blueprint of pages.
PAGES: tuple[Blueprint, ...] = (*OF_TRAVELLERS, *OF_OPERATORS)

# Smaller answers do not get smaller.
_WORTH_SQUEEZING = 1000


def install(app: Flask, upstreams: Mapping[str, str]) -> None:
    """Add the pages and their files to an application, which calls the services at these URLs."""
    app.session_interface = SealedSessions()
    services = Services(upstreams)
    client = Api(services)
    app.extensions["api"] = client
    app.extensions["operations"] = Operations(services)
    app.extensions["places"] = Places(client)
    app.extensions["prices"] = Prices()
    app.extensions["sandbox"] = Sandbox(services)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(formats.filters())
    app.jinja_env.globals.update(formats.filters(), asset=assets.url, csrf_token=forgery.token)
    app.context_processor(_context)
    app.after_request(_squeeze)
    app.register_blueprint(Blueprint("layout", __name__, template_folder="templates"))
    app.register_blueprint(assets.blueprint)
    for blueprint in PAGES:
        app.register_blueprint(blueprint)


def _context() -> dict[str, Any]:
    return {
        "theme": themes.chosen(),
        "login": logins.login,
        "is_operator": gate.is_operator,
        "console": navigation.shown,
        "places": places(),
        "clock_ahead": clock.ahead(),
        "made_at": clock.now().isoformat(),
        "here": request.full_path.rstrip("?"),
    }


def _squeeze(response: Response) -> Response:
    if (
        response.mimetype != "text/html"
        or response.is_streamed
        or "Content-Encoding" in response.headers
        or "gzip" not in request.headers.get("Accept-Encoding", "")
        or len(response.get_data()) < _WORTH_SQUEEZING
    ):
        return response
    response.set_data(gzip.compress(response.get_data(), 5))
    response.headers["Content-Encoding"] = "gzip"
    return response
