"""Entry points of the door's web processes: its pages behind nginx, or the whole door in the embedded way."""

from __future__ import annotations

from flask import Flask
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix

from common import config, log
from gateway import proxy, reference
from gateway.openapi import Documents
from gateway.pages import install as pages_of_people
from gateway.pages import refusals
from gateway.settings import settings


def pages() -> Flask:
    """Return the web application that nginx asks for the door's own pages."""
    app = _application()
    # Only nginx reaches it, and says whose request it is and how it came.
    app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=1)  # type: ignore[method-assign]
    app.register_error_handler(HTTPException, refusals.of_nobody)
    return app


def door() -> Flask:
    """Return the whole door, for the way that has no nginx."""
    app = _application()
    proxy.install(app, given=settings(), counter_url=config.settings().result_url)
    return app


def _application() -> Flask:
    log.configure(service="gateway", role="web")
    # Its files are served under names of their content; Flask's own way of serving them is off.
    app = Flask("gateway", static_folder=None)
    pages_of_people.install(app, settings().asked_by_pages)
    reference.install(app, Documents(settings().upstreams))
    return app
