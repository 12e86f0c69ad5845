"""Hearing what happened to reservations: whom to write to, and the facts that what is written follows from."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from common.columns import now
from common.consumer import whole_batches
from common.contracts.booking import ItineraryRecorded, ReservationEvent
from common.contracts.flight import DepartureCancelled, DepartureDelayed
from common.contracts.payment import PaymentEvent
from common.db import upsert
from common.messages import Event, newest
from notification_svc.models import Correspondence, Fact, Itinerary, Stop

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@whole_batches
def note_itineraries(session: Session, events: Sequence[ItineraryRecorded]) -> None:
    """Keep who flies when and where and how they are reached; older news change nothing."""
    latest = newest(events, of=lambda event: event.reservation_id)
    upsert(
        session,
        Itinerary,
        [
            {
                "reservation_id": event.reservation_id,
                "body": event.to_wire(),
                "as_of": event.occurred_at or _LONG_AGO,
                "ends_at": max(segment.arrives_at for segment in event.segments),
            }
            for event in latest
        ],
        only_if_newer="as_of",
    )
    reservations = [event.reservation_id for event in latest]
    if reservations:
        session.execute(delete(Stop).where(Stop.reservation_id.in_(reservations)))
        session.execute(
            insert(Stop),
            [
                {"departure_id": departure_id, "reservation_id": event.reservation_id}
                for event in latest
                for departure_id in {segment.departure_id for segment in event.segments}
            ],
        )
    look(session, reservations)


@whole_batches
def note_facts(session: Session, events: Sequence[ReservationEvent | PaymentEvent]) -> None:
    """Keep what happened to reservations, and look soon whether something is to be written about it."""
    if events:
        session.execute(
            insert(Fact).values(heard_at=now()),
            [_fact(event.reservation_id, event) for event in events],
        )
    look(session, [event.reservation_id for event in events])


@whole_batches
def note_departures(session: Session, events: Sequence[DepartureDelayed | DepartureCancelled]) -> None:
    """Keep what happened to departures as facts of every reservation that is on them, and look at those soon."""
    happened = {event.departure_id: event for event in newest(events, of=lambda event: event.departure_id)}
    on_board = session.execute(select(Stop).where(Stop.departure_id.in_(happened))).scalars().all()
    if on_board:
        session.execute(
            insert(Fact).values(heard_at=now()),
            [_fact(stop.reservation_id, happened[stop.departure_id]) for stop in on_board],
        )
    look(session, [stop.reservation_id for stop in on_board])


def look(session: Session, reservation_ids: Sequence[int]) -> None:
    """Have these reservations looked at soon."""
    rows = [{"reservation_id": number, "look_at": now()} for number in sorted(set(reservation_ids))]
    upsert(session, Correspondence, rows)


def _fact(reservation_id: int, event: Event) -> dict[str, Any]:
    return {
        "reservation_id": reservation_id,
        "event_id": event.event_id,
        "type": type(event).__name__,
        "occurred_at": event.occurred_at or _LONG_AGO,
        "body": event.to_wire(),
    }
