"""Who flies, and where they are written to."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from flask import make_response, redirect, render_template, request
from werkzeug.wrappers import Response

from gateway.pages.blueprints import page_blueprint
from gateway.pages.errors import TooMuch
from gateway.pages.logins import login
from gateway.pages.traveller import drafts
from gateway.pages.traveller.drafts import Draft
from gateway.pages.traveller.overview import overview

blueprint = page_blueprint("passengers", __name__)

LANGUAGES = {"en": "English", "de": "Deutsch"}
_LONGEST_NAME = 60
_LONGEST_EMAIL = 254
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
_PHONE = re.compile(r"\+[1-9][0-9]{6,14}")


@blueprint.post("/book")
def begin() -> Response:
    """Begin a booking of the offer that was chosen."""
    draft = drafts.begin(offer=request.form.get("offer", ""), search=request.form.get("search", ""))
    drafts.save(draft)
    return redirect(f"/book/{draft.name}/passengers", 303)


@blueprint.get("/book/<name>")
def resume(name: str) -> Response:
    """Go to the first step of a booking that is still to be done."""
    return redirect(next_step(drafts.load(name)), 303)


@blueprint.get("/book/<name>/passengers")
def ask(name: str) -> Response:
    """Ask who flies."""
    draft = drafts.load(name)
    if draft.made:
        return redirect(f"/trips/{draft.made}", 303)
    person = login()
    contact = dict(draft.contact) or ({"email": person.email} if person and "@" in person.email else {})
    return _form(draft, _typed(draft), contact, {})


@blueprint.post("/book/<name>/passengers")
def answer(name: str) -> Response:
    """Remember who flies, or say what is wrong with it."""
    draft = drafts.load(name)
    if draft.made:
        return redirect(f"/trips/{draft.made}", 303)
    count = draft.promise.passengers
    people = [[_text(f"first-{place}"), _text(f"last-{place}")] for place in range(1, count + 1)]
    contact = {"email": _text("email"), "phone": _text("phone").replace(" ", ""), "language": _text("language")}
    problems = _problems(people, contact)
    if problems:
        return _form(draft, people, contact, problems, status=422)
    told = {field: value for field, value in contact.items() if value}
    changed = replace(draft, passengers=people, contact=told)
    if changed != draft:
        changed = replace(changed, key=drafts.new_key())
    try:
        drafts.save(changed)
    except TooMuch:
        problems["first-1"] = "These names are too long to be kept together. Shorten them, or book in two parts."
        return _form(draft, people, contact, problems, status=422)
    return redirect(next_step(changed), 303)


def next_step(draft: Draft) -> str:
    """Return the address of what is still to be done for a booking."""
    if draft.made:
        return f"/trips/{draft.made}"
    if not draft.passengers:
        return f"/book/{draft.name}/passengers"
    unseated = draft.first_unseated
    return f"/book/{draft.name}/seats/{unseated}" if unseated else f"/book/{draft.name}/pay"


def _form(
    draft: Draft, people: list[list[str]], contact: dict[str, str], problems: dict[str, str], status: int = 200
) -> Response:
    shown: dict[str, Any] = {"people": people, "contact": contact, "problems": problems, "languages": LANGUAGES}
    return make_response(
        render_template("book/passengers.html", draft=draft, overview=overview(draft), **shown), status
    )


def _typed(draft: Draft) -> list[list[str]]:
    return [list(each) for each in draft.passengers] or [["", ""] for _ in range(draft.promise.passengers)]


def _problems(people: list[list[str]], contact: dict[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for place, (first, last) in enumerate(people, start=1):
        for field, value in ((f"first-{place}", first), (f"last-{place}", last)):
            if not value:
                found[field] = (
                    "The first name is missing." if field.startswith("first") else "The last name is missing."
                )
            elif len(value) > _LONGEST_NAME:
                found[field] = f"A name may have {_LONGEST_NAME} characters."
    if not _EMAIL.fullmatch(contact["email"]) or len(contact["email"]) > _LONGEST_EMAIL:
        found["email"] = "This is no e-mail address; one looks like ada@example.org."
    if contact["phone"] and not _PHONE.fullmatch(contact["phone"]):
        found["phone"] = "Write the number with its country, such as +4930123456."
    if contact["language"] not in LANGUAGES:
        contact["language"] = "en"
    return found


def _text(field: str) -> str:
    return " ".join(request.form.get(field, "").split())
