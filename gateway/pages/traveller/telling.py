"""How a reservation is, in plain words: a headline, and step by step what was done, is being done, and was undone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from gateway.pages.formats import listed, money
from gateway.pages.shapes import Payment, Reservation

Mark = Literal["done", "now", "failed", "undone", "next"]
Tone = Literal["good", "bad", "wait", "calm"]

_REASONS = {
    "timeout": "it was not paid in time",
    "insufficient_funds": "there was not enough money on the card",
    "expired_card": "the card has expired",
    "card_declined": "the bank declined the card",
    "unknown_token": "the bank does not know this card",
    "payment_failed": "the payment failed",
    "already_expired": "the bank let the money go before we took it",
    "insufficient_balance": "there was not enough money in the wallet",
    "departure_cancelled": "the airline cancelled a flight of it",
    "internal_error": "something went wrong on our side",
}
_OWN_WISHES = frozenset({None, "requested", "cancelled"})
_KINDS = {"card": "card", "wallet": "wallet", "crypto": "crypto wallet", None: "card"}


@dataclass(frozen=True, kw_only=True)
class Step:
    """One line of what happened: `at` is when, `reference` what to name when asking about it."""

    mark: Mark
    words: str
    at: datetime | None = None
    reference: str | None = None


@dataclass(frozen=True, kw_only=True)
class Told:
    """
    What the page says. `moving` is true while something is still going to happen by itself, soon.

    `invoices` are open crypto payments that somebody has to pay.
    """

    tone: Tone
    state: str
    headline: str
    detail: str
    steps: Sequence[Step]
    moving: bool
    waits_for_payment: bool
    can_be_cancelled: bool
    invoices: Sequence[Payment] = ()


def tell(trip: Reservation, payments: Sequence[Payment]) -> Told:
    """Return how a reservation is."""
    seats = listed([coupon.seat_number for coupon in trip.seats])
    holding = f"{'seats' if len(trip.seats) > 1 else 'seat'} {seats}"
    invoices = [payment for payment in payments if payment.is_open]
    steps = [
        Step(
            mark="done",
            words=f"Held {holding} for you",
            at=trip.created_at,
            reference=trip.locator,
        )
    ]
    by_name = {payment.auth_id: payment for payment in payments}
    money_moved = [step for seen in trip.payments for step in _money(by_name.get(seen.auth_id), seen.heard_at)]
    # As it happened: payments side by side take turns.
    steps += sorted(money_moved, key=lambda step: (step.at is None, step.at or trip.created_at))
    match trip.status:
        case "pending":
            return _pending(trip, steps, holding, invoices)
        case "confirmed":
            return _confirmed(trip, steps, holding, payments)
        case "cancelled":
            return _cancelled(trip, steps, holding)
        case _:
            return _failed(trip, steps, holding)


def reason(code: str | None) -> str:
    """The words for a reason, an operator's as they are."""
    return _REASONS.get(code or "", (code or "the payment failed").replace("_", " "))


def _pending(trip: Reservation, steps: list[Step], holding: str, invoices: Sequence[Payment]) -> Told:
    failed = any(seen.status == "failed" for seen in trip.payments)
    if trip.pay_later or invoices:
        steps.append(Step(mark="next", words="Waiting for your payment"))
        return Told(
            tone="wait",
            state="Held",
            headline=f"We are holding {holding} for you",
            detail=(
                "The last payment did not work. Nothing was charged, and your seat is still held: try another way."
                if failed
                else "Pay before the time is up and you fly. If you do not, the seat is free again and nothing is due."
            ),
            steps=steps,
            moving=bool(invoices) or any(seen.status == "authorized" for seen in trip.payments),
            waits_for_payment=True,
            can_be_cancelled=trip.pay_later,
            invoices=invoices,
        )
    if failed:
        steps.append(Step(mark="now", words="Undoing what was done"))
    else:
        authorized = sum(seen.status == "authorized" for seen in trip.payments)
        steps.append(Step(mark="now", words="Asking the bank" if not authorized else "Asking for the rest"))
        steps.append(Step(mark="next", words="Confirm your booking"))
    return Told(
        tone="wait",
        state="In progress",
        headline="Undoing your booking" if failed else f"Holding {holding}, asking the bank",
        detail=(
            "The payment did not work. What was set aside is let go, and the seat is given back."
            if failed
            else "This takes a moment. You may leave this page: it goes on without you, and you get an e-mail."
        ),
        steps=steps,
        moving=True,
        waits_for_payment=False,
        can_be_cancelled=False,
    )


def _confirmed(trip: Reservation, steps: list[Step], holding: str, payments: Sequence[Payment]) -> Told:
    steps.append(
        Step(
            mark="done",
            words=f"Confirmed: {holding} {'are' if len(trip.seats) > 1 else 'is'} yours",
            at=trip.completed_at,
            reference=trip.locator,
        )
    )
    return Told(
        tone="good",
        state="Confirmed",
        headline="You are booked",
        detail="We have written to you. Keep the locator: with it and a last name you find this trip again.",
        steps=steps,
        # The money follows within seconds.
        moving=any(payment.status == "authorized" for payment in payments),
        waits_for_payment=False,
        can_be_cancelled=True,
    )


def _failed(trip: Reservation, steps: list[Step], holding: str) -> Told:
    steps.append(Step(mark="undone", words=f"Gave {holding} back", at=trip.completed_at, reference=trip.locator))
    declined = trip.failure_reason != "timeout"
    return Told(
        tone="bad",
        state="Not booked",
        headline="The payment did not go through" if declined else "The time to pay ran out",
        detail=f"Not booked, because {reason(trip.failure_reason)}. Everything was undone, and nothing is charged.",
        steps=steps,
        moving=any(seen.status == "authorized" for seen in trip.payments),
        waits_for_payment=False,
        can_be_cancelled=False,
    )


def _cancelled(trip: Reservation, steps: list[Step], holding: str) -> Told:
    why = "" if trip.failure_reason in _OWN_WISHES else f", because {reason(trip.failure_reason)}"
    words = f"Cancelled{why}: gave {holding} back"
    steps.append(Step(mark="undone", words=words, at=trip.completed_at, reference=trip.locator))
    for refund in trip.refunds:
        steps.append(
            Step(
                mark="done",
                words=f"Gave {money(refund.amount, refund.currency)} back",
                at=refund.issued_at,
                reference=refund.auth_id,
            )
        )
    owed = trip.refund_due.amount - sum(refund.amount for refund in trip.refunds) if trip.refund_due else 0
    if owed > 0:
        steps.append(Step(mark="now", words=f"Giving {money(Decimal(owed), trip.price.currency)} back"))
    return Told(
        tone="calm",
        state="Cancelled",
        headline="This trip is cancelled",
        detail=_what_comes_back(trip),
        steps=steps,
        moving=owed > 0,
        waits_for_payment=False,
        can_be_cancelled=False,
    )


def _what_comes_back(trip: Reservation) -> str:
    due = trip.refund_due
    if due is None:
        return "Nothing had been charged; what was set aside has been let go."
    if not due.amount:
        return "By the rules of this fare nothing is given back."
    price = money(trip.price.amount, trip.price.currency)
    return f"{money(due.amount, due.currency)} of {price} goes back to how you paid."


def _money(payment: Payment | None, heard: datetime | None) -> Iterator[Step]:
    """What happened to one payment."""
    if payment is None:
        return
    amount = money(payment.amount, payment.currency)
    kind = _KINDS.get(payment.kind, payment.kind or "card")
    at, name = payment.created_at, payment.auth_id
    match payment.status:
        case "pending":
            yield Step(mark="now", words=f"Asking for {amount} from your {kind}", at=at, reference=name)
        case "open":
            yield Step(mark="now", words=f"Waiting for {amount} from your {kind}", at=at, reference=name)
        case "failed":
            yield Step(
                mark="failed",
                words=f"{amount} from your {kind}: no, {reason(payment.reason)}",
                at=heard or at,
                reference=name,
            )
        case "voided":
            yield Step(mark="done", words=f"Set {amount} aside on your {kind}", at=at, reference=name)
            yield Step(mark="undone", words=f"Let go of {amount} on your {kind}", at=heard, reference=name)
        case "authorized":
            yield Step(mark="done", words=f"Set {amount} aside on your {kind}", at=at, reference=name)
        case _:
            yield Step(mark="done", words=f"Took {amount} from your {kind}", at=at, reference=name)
