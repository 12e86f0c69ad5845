"""Find a booking again: the locator, a last name, and the code that is mailed."""

from __future__ import annotations

import re

from flask import flash, make_response, redirect, render_template, request, session
from werkzeug.wrappers import Response

from gateway.pages.api import api
from gateway.pages.blueprints import page_blueprint
from gateway.pages.errors import Refused
from gateway.pages.traveller import keeping

blueprint = page_blueprint("finding", __name__)

_LOCATOR = re.compile(r"[A-Z2-9]{6}")
_CODE = re.compile(r"[0-9]{6}")


@blueprint.get("/find")
def ask() -> Response:
    """Ask for the locator and a last name."""
    return _form({"locator": request.args.get("locator", "")[:6].upper(), "last-name": ""}, {})


@blueprint.post("/find")
def ask_for_code() -> Response:
    """Have a code mailed, if there is such a booking; the answer is the same if there is none."""
    typed = {"locator": request.form.get("locator", "").strip().upper(), "last-name": _last_name()}
    problems = {}
    if not _LOCATOR.fullmatch(typed["locator"]):
        problems["locator"] = "A locator has six letters or digits, such as K7Q2ZD. It is in your e-mail."
    if not typed["last-name"]:
        problems["last-name"] = "The last name of one of the passengers."
    if problems:
        return _form(typed, problems, 422)
    api().ask_for_code(typed["locator"], last_name=typed["last-name"])
    # It is half of what opens the booking, and asked for again with the other half.
    session["last-name"] = typed["last-name"]
    return redirect(f"/find/{typed['locator']}", 303)


@blueprint.get("/find/<locator>")
def ask_the_code(locator: str) -> Response:
    """Ask for the code."""
    return _code_form(locator, {})


@blueprint.post("/find/<locator>")
def open_it(locator: str) -> Response:
    """Open the booking with the code."""
    code = "".join(request.form.get("code", "").split())
    name = _last_name() or session.get("last-name", "")
    if not _CODE.fullmatch(code):
        return _code_form(locator, {"code": "The code has six digits."}, 422)
    try:
        token = api().open_by_code(locator, last_name=name, code=code)
    except Refused as refusal:
        if refusal.status == 404:
            words = "Name and code do not fit, or the code is over. Check both, or ask for a new one."
            return _code_form(locator, {"code": words}, 404)
        raise
    session.pop("last-name", None)
    keeping.keep(api().reservation(locator, token=token), token)
    flash("Here it is. This browser remembers it under “My trips”.", "good")
    return redirect(f"/trips/{locator}", 303)


def _last_name() -> str:
    return " ".join(request.form.get("last-name", "").split())[:60]


def _form(typed: dict[str, str], problems: dict[str, str], status: int = 200) -> Response:
    return make_response(render_template("find.html", typed=typed, problems=problems), status)


def _code_form(locator: str, problems: dict[str, str], status: int = 200) -> Response:
    return make_response(
        render_template("find_code.html", locator=locator[:6], name=session.get("last-name", ""), problems=problems),
        status,
    )
