"""Remembering what events told of reservations."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from auditor_svc.models import ToldReservation
from common.contracts.booking import (
    ReservationCancelled,
    ReservationConfirmed,
    ReservationEvent,
    ReservationFailed,
    ReservationInitiated,
)
from common.db import upsert
from common.messages import newest

_STATUS: dict[type[ReservationEvent], str] = {
    ReservationInitiated: "pending",
    ReservationConfirmed: "confirmed",
    ReservationFailed: "failed",
    ReservationCancelled: "cancelled",
}


def note_status(session: Session, events: Sequence[ReservationEvent]) -> None:
    """Remember the status the events tell; older news than what is known changes nothing."""
    rows = [
        {"reservation_id": event.reservation_id, "status": _STATUS[type(event)], "as_of": event.occurred_at}
        for event in newest(events, of=lambda event: event.reservation_id)
    ]
    upsert(session, ToldReservation, rows, only_if_newer="as_of")
