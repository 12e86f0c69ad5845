"""What of an event is told to whom: nobody's name, and of a reservation only that there is something to look at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from common.contracts.booking import (
    ReservationCancelled,
    ReservationConfirmed,
    ReservationFailed,
    ReservationInitiated,
    SeatHeld,
    SeatReleased,
    SeatTentativelyHeld,
)
from common.contracts.flight import DepartureCancelled, DepartureDelayed
from common.contracts.payment import (
    PaymentAuthorized,
    PaymentCaptured,
    PaymentFailed,
    PaymentVoided,
    RefundIssued,
)
from common.messages import Event

#: What is heard. ItineraryRecorded, the one event with personal data, is not; nor is what the load of a timetable tells
#: by the hundred thousand, which nobody could read as it goes by.
HEARD: tuple[type[Event], ...] = (
    *(ReservationInitiated, ReservationConfirmed, ReservationFailed, ReservationCancelled),
    *(SeatTentativelyHeld, SeatHeld, SeatReleased),
    *(PaymentAuthorized, PaymentFailed, PaymentCaptured, PaymentVoided, RefundIssued),
    *(DepartureDelayed, DepartureCancelled),
)
_SEATS = {"SeatTentativelyHeld": "held", "SeatHeld": "taken", "SeatReleased": "free"}


@dataclass(frozen=True)
class Topic:
    """What somebody listens to: a trip (by its reservation's id) or a departure."""

    kind: str
    key: int


@dataclass(frozen=True)
class News:
    """One thing that happened, for the listeners of one topic."""

    topic: Topic
    data: Mapping[str, Any]


def news_of(told: Mapping[str, Any]) -> Iterator[News]:
    """Return what is told of the body of an event; nothing of one that is not read here."""
    kind = told.get("type")
    at = told.get("occurredAt")
    if isinstance(told.get("reservationId"), int):
        yield News(Topic("trip", told["reservationId"]), {"type": kind, "at": at})
    if kind in _SEATS and isinstance(told.get("departureId"), int):
        # Which seat of a flight is free is public; whose it is, is not told.
        seat = {"seat": told.get("seatNumber"), "state": _SEATS[str(kind)]}
        yield News(Topic("departure", told["departureId"]), {**seat, "at": at})
