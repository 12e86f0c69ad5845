"""Books, pays and follows a reservation from outside, the way a shop in front of the services would."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from aerosaga.client import Client, Json
from aerosaga.errors import Failed, Refused
from aerosaga.timeline import tell
from common import clock
from common.codec import moment
from common.stories import Story, to_come

POLL_SECONDS = 0.15
# How long after its pay-by time a reservation may take to be final: a sweep a second, and its undos.
GRACE_SECONDS = 20.0
# How long payment_svc may take to hear of a new reservation: the relay's pause and a little more.
NEWS_SECONDS = 6.0
# What is left to do after the end, capture above all, takes a relay and a sweep.
SETTLE_SECONDS = 15.0
# What a full aircraft takes to be cancelled and refunded, with a provider that has a bad day.
DISRUPTION_SECONDS = 300.0


def names(passengers: Sequence[str]) -> list[Json]:
    """
    Return passengers as POST /reservations takes them; the last word is the last name.

    :raises ValueError: if one is a single word
    """
    people = []
    for passenger in passengers:
        first, _, last = passenger.strip().rpartition(" ")
        if not first:
            raise ValueError(f"{passenger!r} has no last name; write first and last name, such as 'Ada Lovelace'")
        people.append({"firstName": first, "lastName": last})
    return people


def request(
    *, departure_id: int, seats: Sequence[str], passengers: Sequence[Json], email: str, payments: Sequence[Json] = ()
) -> Json:
    """Return the body of POST /reservations; without payments, the seats are held to be paid later."""
    paid = {"payments": list(payments)} if payments else {"payLater": True}
    return {
        "departures": [{"departureId": departure_id, "seats": list(seats)}],
        "passengers": list(passengers),
        "contact": {"email": email},
        **paid,
    }


def follow(
    client: Client,
    reservation: Json,
    *,
    until: Callable[[Json], bool] = lambda shown: shown["status"] != "pending",
) -> Json:
    """
    Return the reservation as soon as it is final, or as `until` wants it.

    :raises Failed: if it is not final some time after its pay-by time
    """
    pay_by = moment(reservation["payBy"])
    while True:
        shown = client.reservation(reservation["locator"], access_token=reservation.get("accessToken"))
        if until(shown) or shown["status"] != "pending":
            return shown
        if (clock.now() - pay_by).total_seconds() > GRACE_SECONDS:
            raise Failed(
                f"Reservation {shown['locator']} is still pending {GRACE_SECONDS:.0f} s after its time to pay. "
                f"See what it waits for with `bin/aerosaga timeline {shown['locator']}`, "
                "and what is down with `bin/aerosaga doctor`."
            )
        time.sleep(POLL_SECONDS)


def pay(client: Client, *, locator: str, method: Json, amount: Any = None) -> Json:
    """
    Begin to pay a held reservation, once payment_svc has heard of it; return the payment.

    :raises Refused: if there is no such reservation, or it takes no payment
    """
    began = time.monotonic()
    while True:
        try:
            return client.pay(locator=locator, method=method, amount=amount)
        except Refused as refusal:
            # A hold made a moment ago is news that may still be under way.
            if refusal.status != 404 or time.monotonic() - began > NEWS_SECONDS:
                raise
        time.sleep(POLL_SECONDS)


def follow_payment(client: Client, payment: Json, *, seconds: float = 60.0) -> Json:
    """Return the payment as soon as its outcome is known, or it waits for a person; at the latest after `seconds`."""
    began = time.monotonic()
    while payment["status"] == "pending" and time.monotonic() - began < seconds:
        time.sleep(POLL_SECONDS)
        payment = client.payment(payment["authId"])
    return payment


def payments_of(client: Client, reservation: Json) -> list[Json]:
    """Return what payment_svc says of the payments a reservation knows."""
    return [client.payment(seen["authId"]) for seen in reservation.get("payments", ())]


def settled(client: Client, locator: str, *, seconds: float = SETTLE_SECONDS) -> Story:
    """Return the story of a reservation when nothing is still to come, or as it is after `seconds`."""
    began = time.monotonic()
    while True:
        story = tell(client, locator)
        if not to_come(story) or time.monotonic() - began > seconds:
            return story
        time.sleep(POLL_SECONDS * 2)


def follow_disruption(client: Client, departure_id: int, *, seconds: float = DISRUPTION_SECONDS) -> Json | None:
    """Return the report on a cancelled departure when it is complete, or as it is after `seconds`; None: not begun."""
    began = time.monotonic()
    report: Json | None = None
    while time.monotonic() - began < seconds:
        try:
            report = client.disruption(departure_id)
        except Refused as refusal:
            if refusal.status != 404:  # booking_svc has not heard of the cancellation yet
                raise
        if report is not None and report["state"] == "complete":
            break
        time.sleep(POLL_SECONDS * 2)
    return report
