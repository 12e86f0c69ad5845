"""An account: register, log in, log out, change the password."""

from __future__ import annotations

from flask import flash, make_response, redirect, render_template, request, session
from werkzeug.wrappers import Response

from gateway.pages import logins
from gateway.pages.api import api
from gateway.pages.blueprints import page_blueprint
from gateway.pages.errors import Refused
from gateway.pages.operator import gate
from gateway.pages.returning import local
from gateway.pages.traveller import keeping

blueprint = page_blueprint("accounts", __name__)

_AFTER = "/trips"
_AFTER_OF_OPERATORS = "/ops"


@blueprint.get("/login")
def ask_to_log_in() -> Response:
    """Show the form to log in."""
    if logins.login():
        return redirect(local(request.args.get("next"), _AFTER), 303)
    return _form("account/login.html")


@blueprint.post("/login")
def log_in() -> Response:
    """Log in, and go on to where the reader wanted to be."""
    try:
        _begin()
    except Refused as refusal:
        if refusal.status not in {401, 422, 429}:
            raise
        words = "E-mail address and password do not belong together." if refusal.status == 401 else refusal.detail
        return _form("account/login.html", {"email": words}, refusal.status)
    after = _AFTER_OF_OPERATORS if gate.is_operator(logins.login()) else _AFTER
    return redirect(local(request.form.get("next"), after), 303)


@blueprint.get("/register")
def ask_to_register() -> Response:
    """Show the form to register."""
    return _form("account/register.html")


@blueprint.post("/register")
def register() -> Response:
    """Register and log in; what is said does not tell whether the address was taken."""
    email, password = request.form.get("email", "").strip(), request.form.get("password", "")
    try:
        api().register(email=email, password=password)
    except Refused as refusal:
        if refusal.status not in {422, 429}:
            raise
        return _form("account/register.html", _problems(refusal), refusal.status)
    try:
        _begin()
    except Refused:
        flash("You can log in now with this address, if it was new. If it was not, its old password is good.", "info")
        return redirect("/login", 303)
    flash("Welcome. What you book from now on is under “My trips”, in every browser.", "good")
    return redirect(local(request.form.get("next"), "/"), 303)


@blueprint.post("/logout")
def log_out() -> Response:
    """Log out, here or everywhere."""
    person = logins.login()
    everywhere = request.form.get("everywhere") == "yes"
    if person:
        api().log_out(person.refresh_token, everywhere=everywhere)
    logins.end()
    # Whoever sits here next finds nobody's trips.
    keeping.forget()
    session.pop("csrf", None)
    flash("You are logged out" + (", everywhere." if everywhere else "."), "good")
    return redirect("/", 303)


@blueprint.get("/account")
def account() -> Response:
    """Show the account."""
    person = logins.login()
    if person is None:
        return redirect("/login?next=/account", 303)
    return make_response(render_template("account/account.html", user=api().me(token=person.access_token), problems={}))


@blueprint.post("/account")
def change_password() -> Response:
    """Change the password, which ends every login."""
    person = logins.login()
    if person is None:
        return redirect("/login?next=/account", 303)
    present, wanted = request.form.get("present", ""), request.form.get("password", "")
    try:
        api().change_password(present=present, wanted=wanted, token=person.access_token)
    except Refused as refusal:
        if refusal.status not in {401, 422, 429}:
            raise
        field = "present" if refusal.status == 401 or refusal.code == "wrong_login" else "password"
        words = "This is not your password." if refusal.status == 401 else _problems(refusal)["password"]
        user = api().me(token=person.access_token)
        shown = render_template("account/account.html", user=user, problems={field: words})
        return make_response(shown, 422)
    logins.end()
    flash("Your password is changed, and every login has ended. Log in with the new one.", "good")
    return redirect("/login", 303)


def _begin() -> None:
    email, password = request.form.get("email", "").strip(), request.form.get("password", "")
    logins.begin(api().log_in(email=email, password=password))


def _problems(refusal: Refused) -> dict[str, str]:
    """What is wrong with an address or a password, by field; the API names fields where it can."""
    told = refusal.extra.get("errors", {})
    body = told.get("json", {}) if isinstance(told, dict) else {}
    found = {str(field): " ".join(words) for field, words in body.items() if isinstance(words, list)}
    return found or {"password": refusal.detail}


def _form(template: str, problems: dict[str, str] | None = None, status: int = 200) -> Response:
    goes_on = local(request.values.get("next"), "")
    shown = render_template(template, email=request.form.get("email", ""), goes_on=goes_on, problems=problems or {})
    return make_response(shown, status)
