"""Which messages follow from what was heard about a reservation: the rules of what is written, and when."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from notification_svc.domain.facts import Heard, Story, segments
from notification_svc.domain.messages import Channel, Kind

# A confirmation or hold waits so long for the news of its seats, which are told with it; then it goes without.
SEATS_SECONDS = 10.0
# A receipt waits so long for news of payments that may have been asked for before the end...
STRAYS_SECONDS = 5.0
# ...and so long for undos that are under way; then it says what is still to come.
RECEIPT_SECONDS = 60.0

#: What is sent as a short message too, to those who gave a number: what one wants to know on the way.
SHORT = {Kind.HOLD, Kind.CONFIRMATION, Kind.DELAYED, Kind.DEPARTURE_CANCELLED, Kind.CANCELLED}


@dataclass(frozen=True, kw_only=True)
class Letter:
    """What is to be written because of one event; `content` is what the templates say it with."""

    event_id: UUID
    kind: Kind
    content: Mapping[str, Any]

    @property
    def channels(self) -> tuple[Channel, ...]:
        """How it travels, to those who can be reached so."""
        return (Channel.EMAIL, Channel.SMS) if self.kind in SHORT else (Channel.EMAIL,)


@dataclass(frozen=True, kw_only=True)
class Case:
    """One reservation: its newest itinerary, what was heard of it, and what was written before, by its event."""

    itinerary: Mapping[str, Any]
    as_of: datetime
    story: Story
    now: datetime
    written: Mapping[UUID, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Due:
    """The letters that can be written now, and in how many seconds to look again although nothing was heard."""

    letters: list[Letter]
    look_again: float | None


class _NotYet(Exception):
    """Raised when a letter waits for facts that may still come, for at most `seconds`."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


def due(case: Case) -> Due:
    """Return the letters that follow from all that is known of a reservation; the same facts give the same letters."""
    letters: list[Letter] = []
    waits: list[float] = []
    for rule, fact in _occasions(case):
        try:
            content = rule(case, fact)
        except _NotYet as wait:
            waits.append(max(wait.seconds, 0.5))
            continue
        if content is not None:
            kind, told = content
            letters.append(Letter(event_id=fact.event_id, kind=kind, content={**_always(case), **told}))
    return Due(letters=letters, look_again=min(waits, default=None))


Told = tuple[Kind, dict[str, Any]] | None
_Rule = Callable[[Case, Heard], Told]


def _occasions(case: Case) -> Iterator[tuple[_Rule, Heard]]:
    for type, rule in _RULES.items():
        for fact in case.story.all(type):
            yield rule, fact


def _always(case: Case) -> dict[str, Any]:
    itinerary = case.itinerary
    return {
        "locator": itinerary["locator"],
        "passengers": [f"{person['firstName']} {person['lastName']}" for person in itinerary["passengers"]],
        "segments": segments(itinerary, case.as_of, case.story),
        "price": {"amount": itinerary["amount"], "currency": itinerary["currency"]},
        "writtenAt": case.now,
    }


def _hold(case: Case, fact: Heard) -> Told:
    over = case.story.all("ReservationConfirmed", "ReservationFailed")
    if not fact.body["payLater"] or over:
        return None
    _await_seats(case, fact, "SeatTentativelyHeld")
    return Kind.HOLD, {"payBy": fact.body["payBy"]}


def _confirmation(case: Case, fact: Heard) -> Told:
    _await_seats(case, fact, "SeatHeld")
    return Kind.CONFIRMATION, {}


def _undone(case: Case, fact: Heard) -> Told:
    story = case.story
    released = [
        {
            "seat": seat.body["seatNumber"],
            "flight": f"{seat.body['airline']} {seat.body['flightNumber']}",
            "at": seat.occurred_at,
        }
        for seat in story.all("SeatReleased")
    ]
    missing_seats = max(_seats(case) - len(released), 0)
    under_way = story.open_payments()
    strays = story.payments_heard_of() < case.itinerary.get("payments", 0) and fact.seconds_ago < STRAYS_SECONDS
    if (missing_seats or under_way or strays) and fact.seconds_ago < RECEIPT_SECONDS:
        # Strays end sooner than undos, which are worth waiting for.
        rest = (RECEIPT_SECONDS if missing_seats or under_way else STRAYS_SECONDS) - fact.seconds_ago
        raise _NotYet(rest)
    return Kind.UNDONE, {
        "reason": fact.body["reason"],
        "released": released,
        "payments": story.undone_payments(),
        "underWay": under_way,
        "missingSeats": missing_seats,
    }


def _captured(_case: Case, fact: Heard) -> Told:
    return Kind.CAPTURED, _payment(fact)


def _voided(case: Case, fact: Heard) -> Told:
    """Only a receipt that had to say "under way" is followed by another; else the receipt itself says it."""
    failed = case.story.first("ReservationFailed")
    receipt = case.written.get(failed.event_id) if failed else None
    promised = {payment["authId"] for payment in (receipt or {}).get("underWay", ())}
    return (Kind.VOIDED, _payment(fact)) if fact.body["authId"] in promised else None


def _refund(_case: Case, fact: Heard) -> Told:
    return Kind.REFUND, _payment(fact)


def _cancelled(_case: Case, fact: Heard) -> Told:
    refund = fact.body.get("refundAmount")
    back = {"amount": refund, "currency": fact.body.get("currency")} if refund is not None else None
    return Kind.CANCELLED, {"reason": fact.body["reason"], "refund": back}


def _delayed(case: Case, fact: Heard) -> Told:
    if _no_longer_flies(case, fact) or _newest(case, fact) is not fact:
        return None
    return Kind.DELAYED, {
        "departureId": fact.body["departureId"],
        "previousDepartsAt": fact.body["previousDepartsAt"],
        "reason": fact.body["reason"],
    }


def _departure_cancelled(case: Case, fact: Heard) -> Told:
    if not case.story.all("ReservationConfirmed", "ReservationInitiated"):
        return None
    return Kind.DEPARTURE_CANCELLED, {"departureId": fact.body["departureId"], "reason": fact.body["reason"]}


_RULES: Mapping[str, _Rule] = {
    "ReservationInitiated": _hold,
    "ReservationConfirmed": _confirmation,
    "ReservationFailed": _undone,
    "ReservationCancelled": _cancelled,
    "PaymentCaptured": _captured,
    "PaymentVoided": _voided,
    "RefundIssued": _refund,
    "DepartureDelayed": _delayed,
    "DepartureCancelled": _departure_cancelled,
}


def _seats(case: Case) -> int:
    return sum(len(segment["seats"]) for segment in case.itinerary["segments"])


def _await_seats(case: Case, fact: Heard, type: str) -> None:
    if len(case.story.all(type)) < _seats(case) and fact.seconds_ago < SEATS_SECONDS:
        raise _NotYet(SEATS_SECONDS - fact.seconds_ago)


def _payment(fact: Heard) -> dict[str, Any]:
    names = ("authId", "amount", "currency")
    return {**{name: fact.body[name] for name in names}, "reason": fact.body.get("reason"), "at": fact.occurred_at}


def _no_longer_flies(case: Case, fact: Heard) -> bool:
    over = case.story.all("ReservationFailed", "ReservationCancelled")
    cancelled = any(
        other.body["departureId"] == fact.body["departureId"] for other in case.story.all("DepartureCancelled")
    )
    return bool(over) or cancelled


def _newest(case: Case, fact: Heard) -> Heard:
    """Of several delays that are heard together only the last is worth a message."""
    same = [
        other for other in case.story.all("DepartureDelayed") if other.body["departureId"] == fact.body["departureId"]
    ]
    return same[-1]
