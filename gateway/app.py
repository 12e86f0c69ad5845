"""Entry points of the door's web processes: its pages behind nginx, or the whole door in the embedded way."""

from __future__ import annotations

from flask import Flask

from common import config, log
from gateway import pages as own_pages
from gateway import proxy
from gateway.openapi import Documents
from gateway.settings import settings


def pages() -> Flask:
    """Return the web application that nginx asks for the door's own pages."""
    log.configure(service="gateway", role="web")
    app = Flask("gateway")
    own_pages.install(app, Documents(settings().upstreams))
    return app


def door() -> Flask:
    """Return the whole door, for the way that has no nginx."""
    app = pages()
    proxy.install(app, given=settings(), counter_url=config.settings().result_url)
    return app
