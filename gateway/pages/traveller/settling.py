"""What is done about a trip that there is already: paying for a hold, giving it up."""

from __future__ import annotations

import uuid

from flask import abort, flash, make_response, redirect, render_template, request
from werkzeug.wrappers import Response

from gateway.pages.api import api
from gateway.pages.blueprints import page_blueprint
from gateway.pages.errors import Refused
from gateway.pages.shapes import Reservation
from gateway.pages.traveller import keeping, methods
from gateway.pages.traveller.sandbox import sandbox
from gateway.pages.traveller.trips import payments_of

blueprint = page_blueprint("settling", __name__)

# Keys follow from what is asked for, so that two tabs that ask for the same are one request.
_KEYS = uuid.UUID("5f4c0f6e-7d1a-4f0b-9d36-0b6d1f2a8c11")
_LATER_METHODS = {name: words for name, words in methods.METHODS.items() if name in {"card", "wallet", "crypto"}}


@blueprint.get("/trips/<locator>/pay")
def ask_to_pay(locator: str) -> Response:
    """Ask how to pay for a hold."""
    trip = _trip(locator)
    if not _is_to_be_paid(trip):
        return redirect(f"/trips/{locator}", 303)
    return _payment_form(trip, methods.Choice(typed={"method": "card", "token": sandbox().usual_token}))


@blueprint.post("/trips/<locator>/pay")
def pay(locator: str) -> Response:
    """Pay for a hold; pressed twice, it is paid once."""
    trip = _trip(locator)
    if not _is_to_be_paid(trip):
        return redirect(f"/trips/{locator}", 303)
    choice = methods.read(request.form, total=trip.price.amount, currency=trip.price.currency)
    if choice.problems or len(choice.payments) != 1:
        return _payment_form(trip, choice, status=422)
    key = uuid.uuid5(_KEYS, f"pay {locator} {len(trip.payments)}")
    try:
        api().pay({"locator": locator, "paymentMethod": choice.payments[0]}, key=str(key), token=keeping.token())
    except Refused as refusal:
        if refusal.code == "idempotency_key_reused":
            flash("This trip is being paid in another tab already.", "info")
        else:
            flash(refusal.detail, "bad")
    return redirect(f"/trips/{locator}", 303)


@blueprint.post("/trips/<locator>/invoices/<invoice>/pay")
def pay_invoice(locator: str, invoice: str) -> Response:
    """Be the sandbox's customer, and pay an open invoice of one's own trip; where the provider is real, nobody can."""
    if not sandbox().is_there:
        abort(404)
    open_here = {each.invoice for each in payments_of(_trip(locator), keeping.token()) if each.is_open}
    if invoice not in open_here:
        flash("This invoice is not open any more.", "info")
        return redirect(f"/trips/{locator}", 303)
    try:
        sandbox().pay(invoice)
    except Refused as refusal:
        flash(refusal.detail, "bad")
    else:
        flash("It is paid, as the sandbox's customer would. The bank tells us within seconds.", "good")
    return redirect(f"/trips/{locator}", 303)


@blueprint.get("/trips/<locator>/cancel")
def ask_to_cancel(locator: str) -> Response:
    """Show what comes back of a trip if it is given up now, and ask."""
    trip = _trip(locator)
    try:
        quote = api().cancellation(locator, token=keeping.token())
    except Refused as refusal:
        if refusal.status != 409:
            raise
        flash(refusal.detail, "info")
        return redirect(f"/trips/{locator}", 303)
    flights = {flight.departure_id: flight for flight in trip.flights}
    return make_response(render_template("trips/cancel.html", trip=trip, quote=quote, flights=flights))


@blueprint.post("/trips/<locator>/cancel")
def cancel(locator: str) -> Response:
    """Give a trip up by exactly the quote that was shown."""
    quote = request.form.get("quote", "")
    try:
        key = str(uuid.uuid5(_KEYS, f"cancel {locator} {quote}"))
        api().cancel(locator, by=quote, key=key, token=keeping.token())
    except Refused as refusal:
        if refusal.code == "quote_outdated":
            flash("What comes back has changed in the meantime. This is how it is now.", "bad")
            return redirect(f"/trips/{locator}/cancel", 303)
        if refusal.status not in {409, 422}:
            raise
        flash(refusal.detail, "bad")
    return redirect(f"/trips/{locator}", 303)


def _trip(locator: str) -> Reservation:
    try:
        return api().reservation(locator, token=keeping.token())
    except Refused as refusal:
        if refusal.status in {401, 403}:
            abort(404)
        raise


def _is_to_be_paid(trip: Reservation) -> bool:
    return trip.status == "pending" and trip.pay_later


def _payment_form(trip: Reservation, choice: methods.Choice, status: int = 200) -> Response:
    return make_response(
        render_template(
            "trips/pay.html", trip=trip, choice=choice, methods=_LATER_METHODS, test_tokens=sandbox().tokens
        ),
        status,
    )
