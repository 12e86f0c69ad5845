"""Blueprints whose answers are pages: no forged forms, errors that people can read, and the policy of pages."""

from __future__ import annotations

from flask import Blueprint
from werkzeug.exceptions import HTTPException

from gateway.pages import forgery, refusals
from gateway.pages.errors import Away, Forged, Lapsed, Refused
from gateway.pages.headers import finish


def page_blueprint(name: str, import_name: str) -> Blueprint:
    """Return an empty blueprint; views are added to it as to any other."""
    blueprint = Blueprint(name, import_name)
    blueprint.before_request(_refuse_forgeries)
    blueprint.after_request(finish)
    blueprint.register_error_handler(Refused, refusals.of_api)
    blueprint.register_error_handler(Away, refusals.of_absence)
    blueprint.register_error_handler(Forged, refusals.of_forgery)
    blueprint.register_error_handler(Lapsed, refusals.of_lapse)
    blueprint.register_error_handler(HTTPException, refusals.of_http)
    return blueprint


def _refuse_forgeries() -> None:
    if forgery.is_forged():
        raise Forged("A form that was not sent by a page of ours was refused.")
