"""How the system is: a line for each part of it, with what is wrong and what to do."""

from __future__ import annotations

from flask import make_response, render_template
from werkzeug.wrappers import Response

from gateway.pages.operator.api import operations
from gateway.pages.operator.gate import console_blueprint

blueprint = console_blueprint("ops-health", __name__)


@blueprint.get("/ops")
def show() -> Response:
    """Show how every service is."""
    return make_response(render_template("ops/health.html", services=operations().of_all("/readyz")))
