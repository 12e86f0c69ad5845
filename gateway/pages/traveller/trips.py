"""A trip: how it is, in plain words, from the moment it was asked for; its calendar file."""

from __future__ import annotations

from typing import Any

from flask import make_response, redirect, render_template, request
from werkzeug.wrappers import Response

from gateway.pages.api import api
from gateway.pages.blueprints import page_blueprint
from gateway.pages.errors import Refused
from gateway.pages.logins import login
from gateway.pages.shapes import Payment, Reservation
from gateway.pages.traveller import calendars, keeping
from gateway.pages.traveller.sandbox import sandbox
from gateway.pages.traveller.telling import tell

blueprint = page_blueprint("trips", __name__)


@blueprint.get("/trips")
def listing() -> Response:
    """Show the trips of who is logged in, and those opened in this browser."""
    person = login()
    theirs = api().trips(token=person.access_token) if person else []
    mine = {each.locator for each in theirs}
    here = [kept for kept in keeping.known() if kept.locator not in mine]
    return make_response(render_template("trips/list.html", theirs=theirs, here=here, person=person))


@blueprint.get("/trips/<locator>")
def show(locator: str) -> Response:
    """Show a trip to whose it is; to everybody else how to open it, whether there is one or not."""
    try:
        shown = _shown(locator)
    except Refused as refusal:
        if refusal.status in {401, 403, 404}:
            return make_response(render_template("trips/closed.html", locator=locator.upper()[:6]), 404)
        raise
    return make_response(render_template("trips/trip.html", **shown))


@blueprint.get("/trips/<locator>/status")
def status(locator: str) -> Response:
    """Return the part of a trip's page that changes, for a page that is open."""
    if request.headers.get("HX-Request") != "true":
        return redirect(f"/trips/{locator}", 303)
    return make_response(render_template("trips/status.html", **_shown(locator)))


@blueprint.get("/trips/<locator>/calendar.ics")
def calendar(locator: str) -> Response:
    """Return the flights of a trip as a calendar file."""
    reservation = api().reservation(locator, token=keeping.token())
    response = make_response(calendars.calendar(reservation))
    response.headers["Content-Type"] = "text/calendar; charset=utf-8"
    response.headers["Content-Disposition"] = f'attachment; filename="{reservation.locator}.ics"'
    return response


def _shown(locator: str) -> dict[str, Any]:
    token = keeping.token()
    reservation = api().reservation(locator, token=token)
    payments = payments_of(reservation, token)
    return {
        "trip": reservation,
        "payments": payments,
        "told": tell(reservation, payments),
        "is_sandbox": sandbox().is_there,
    }


def payments_of(reservation: Reservation, token: str | None) -> list[Payment]:
    """Return the payments of a reservation that booking_svc has heard of, as payment_svc tells them."""
    found = []
    for seen in reservation.payments:
        try:
            found.append(api().payment(seen.auth_id, token=token))
        except Refused:
            continue  # It was given up before it began: there is nothing to tell.
    return found
