"""Paying for what was put together, or holding it: the one request that makes a reservation."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import flash, make_response, redirect, render_template, request
from werkzeug.wrappers import Response

from gateway.pages.api import api
from gateway.pages.blueprints import page_blueprint
from gateway.pages.errors import Refused
from gateway.pages.formats import listed
from gateway.pages.logins import token as login_token
from gateway.pages.traveller import drafts, keeping, methods
from gateway.pages.traveller.drafts import Draft
from gateway.pages.traveller.overview import Overview, overview
from gateway.pages.traveller.passengers import next_step
from gateway.pages.traveller.sandbox import sandbox

blueprint = page_blueprint("paying", __name__)

_NOTHING_TYPED = {"method": "card", "first": "card", "second": "card"}


@blueprint.get("/book/<name>/pay")
def ask(name: str) -> Response:
    """Ask how to pay."""
    draft = drafts.load(name)
    if draft.made or not draft.passengers or draft.first_unseated:
        return redirect(next_step(draft), 303)
    return _form(draft, overview(draft), methods.Choice(typed={**_NOTHING_TYPED, "token": sandbox().usual_token}))


@blueprint.post("/book/<name>/pay")
def answer(name: str) -> Response:
    """Make the reservation; pressed twice or in two tabs, it is still one."""
    draft = drafts.load(name)
    if draft.made or not draft.passengers or draft.first_unseated:
        return redirect(next_step(draft), 303)
    shown = overview(draft)
    choice = methods.read(request.form, total=shown.total, currency=shown.promise.currency)
    if request.form.get("version") != draft.version:
        flash("You have changed this booking in another tab. This is how it is now.", "info")
        return _form(draft, shown, choice, status=409)
    if choice.problems:
        return _form(draft, shown, choice, status=422)
    try:
        made = api().reserve(_order(draft, choice), key=draft.key, token=login_token())
    except Refused as refusal:
        return _refused(draft, shown, choice, refusal)
    keeping.keep(made, made.access_token or "")
    drafts.save(replace(draft, made=made.locator))
    return redirect(f"/trips/{made.locator}", 303)


def _order(draft: Draft, choice: methods.Choice) -> dict[str, Any]:
    """What POST /reservations is sent."""
    return {
        "departures": [
            {"departureId": departure_id, "seats": draft.seats_on(departure_id)}
            for departure_id in draft.promise.departure_ids
        ],
        "passengers": [{"firstName": first, "lastName": last} for first, last in draft.passengers],
        "contact": dict(draft.contact),
        "offer": draft.offer,
        **({"payLater": True} if choice.later else {"payments": choice.payments}),
    }


def _refused(draft: Draft, shown: Overview, choice: methods.Choice, refusal: Refused) -> Response:
    if refusal.code == "idempotency_key_reused":
        flash(
            "This booking was sent before, with another way to pay, and its answer was lost on the way. Look into your "
            "mailbox before you try again: if it was made, its locator is there.",
            "bad",
        )
        return redirect("/find", 303)
    # A refusal is kept under its key: what is tried next is something new.
    draft = replace(draft, key=drafts.new_key())
    if refusal.code == "seat_taken":
        return _seat_taken(draft, refusal)
    drafts.save(draft)
    if refusal.code in {"offer_expired", "fare_withdrawn"}:
        flash(
            "This price was kept for you for a while, and that time is over. Choose again; the seats are still free "
            "if nobody took them."
            if refusal.code == "offer_expired"
            else "The airline has taken this fare off sale. These are the fares there are now.",
            "bad",
        )
        return redirect(f"/search?{draft.search}" if draft.search else "/", 303)
    flash(refusal.detail, "bad")
    return _form(draft, shown, choice, status=refusal.status)


def _seat_taken(draft: Draft, refusal: Refused) -> Response:
    """Go back to the seat map, without the seats that are gone and with free ones like them."""
    departure_id = int(refusal.extra["departureId"])
    taken = [str(number) for number in refusal.extra["seats"]]
    alternatives = refusal.extra.get("alternatives", {})
    like = [number for seat in taken for number in alternatives.get(seat, [])][:4]
    left = [None if number in taken else number for number in draft.seats_on(departure_id)]
    draft = draft.seated(departure_id, left)
    drafts.save(draft)
    words = f"Somebody was quicker: seat {listed(taken)} has just been taken. Nothing was charged."
    flash(f"{words} Free ones like it: {', '.join(like)}." if like else words, "bad")
    leg = draft.promise.departure_ids.index(departure_id) + 1
    return redirect(f"/book/{draft.name}/seats/{leg}?like={','.join(like)}", 303)


def _form(draft: Draft, shown: Overview, choice: methods.Choice, status: int = 200) -> Response:
    return make_response(
        render_template(
            "book/pay.html",
            draft=draft,
            overview=shown,
            choice=choice,
            methods=methods.METHODS,
            test_tokens=sandbox().tokens,
        ),
        status,
    )
