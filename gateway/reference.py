"""The reference part of the door: the documents of all services as one, Swagger UI, health."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from typing import Any

from flask import Blueprint, Flask, Response
from flask_swagger_ui import get_swaggerui_blueprint

from gateway import rules
from gateway.openapi import Documents

_TITLE = "Aerosaga"
_INLINE_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)


def install(app: Flask, documents: Documents) -> None:
    """Add them to an application."""
    swagger_ui = get_swaggerui_blueprint(
        "/docs",
        "/openapi.json",
        config={
            "app_name": _TITLE,
            # Without the host, so that the page is the same for everybody.
            "oauth2RedirectUrl": "/docs/oauth2-redirect.html",
            # It would ask a validator somewhere else on the net about our document.
            "validatorUrl": None,
        },
    )
    swagger_ui.after_request(_allow_own_scripts)
    app.register_blueprint(swagger_ui)
    app.register_blueprint(_reference(documents))
    app.after_request(_allow_nothing_else)


def _reference(documents: Documents) -> Blueprint:
    pages = Blueprint("reference", __name__)

    @pages.get("/openapi.json")
    def openapi() -> Response:
        response = Response(json.dumps(documents.merged()), content_type="application/json")
        response.headers["Cache-Control"] = "no-cache"
        return response

    @pages.get("/healthz")
    def healthz() -> Any:
        return {"status": "alive"}

    @pages.get("/readyz")
    def readyz() -> Any:
        # Of the services none is asked: while one is away, the others are to be reached through this door.
        return {"status": "ready"}

    return pages


def _allow_own_scripts(response: Response) -> Response:
    policy = rules.REFERENCE_POLICY
    if response.mimetype == "text/html" and not response.is_streamed:
        # Swagger UI starts by a script within its page. That one is allowed by its digest, and no other.
        hashes = [_digest(script) for script in _INLINE_SCRIPT.findall(response.get_data(as_text=True))]
        policy = policy.replace("script-src 'self'", " ".join(["script-src 'self'", *hashes]))
    response.headers["Content-Security-Policy"] = policy
    return response


def _allow_nothing_else(response: Response) -> Response:
    response.headers.setdefault("Content-Security-Policy", rules.DATA_POLICY)
    return response


def _digest(script: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"
