"""The switch between light and dark, for browsers with and without scripts."""

from __future__ import annotations

from flask import redirect, request
from werkzeug.wrappers import Response

from gateway.pages import themes
from gateway.pages.blueprints import page_blueprint
from gateway.pages.returning import local

blueprint = page_blueprint("appearing", __name__)


@blueprint.post("/theme")
def choose() -> Response:
    """Remember light or dark, and go back to where the reader was."""
    response = redirect(local(request.form.get("back")), 303)
    themes.choose(response, request.form.get("theme", ""))
    return response
