"""Delays and cancellations of departures, as flight_svc tells them, in whatever order they come."""

from collections.abc import Collection, Sequence

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from common.contracts.flight import DepartureCancelled, DepartureDelayed
from common.db import upsert
from common.messages import newest
from fare_svc.models import Departure, DepartureChange

_TIMES = ("departs_at", "departs_local", "arrives_at", "arrives_local")


def note_delayed(session: Session, events: Sequence[DepartureDelayed]) -> None:
    """Remember when delayed departures leave; older news than what is known changes nothing."""
    latest = newest(events, of=lambda event: event.departure_id)
    _remember(
        session,
        [
            {
                "departure_id": event.departure_id,
                "cancelled": False,
                **{name: getattr(event, name) for name in _TIMES},
                "as_of": event.occurred_at,
            }
            for event in latest
        ],
    )


def note_cancelled(session: Session, events: Sequence[DepartureCancelled]) -> None:
    """Remember that departures do not fly, so that nobody is offered them any more."""
    latest = newest(events, of=lambda event: event.departure_id)
    _remember(
        session,
        [
            {
                "departure_id": event.departure_id,
                "cancelled": True,
                **dict.fromkeys(_TIMES),
                "as_of": event.occurred_at,
            }
            for event in latest
        ],
    )


def apply_changes(session: Session, *, departure_ids: Collection[int]) -> None:
    """Let these departures be as the newest news of them say, as far as both are known."""
    changes = session.scalars(
        select(DepartureChange)
        .where(DepartureChange.departure_id.in_(departure_ids))
        # A locking read: of two who hear of a departure and of its delay at once, one sees what the other did.
        .with_for_update(read=True)
        .execution_options(populate_existing=True)
    )
    for change in changes:
        times = {name: getattr(change, name) for name in _TIMES if getattr(change, name) is not None}
        session.execute(
            update(Departure)
            .where(Departure.id == change.departure_id, Departure.as_of < change.as_of)
            .values(cancelled=change.cancelled, as_of=change.as_of, **times)
            .execution_options(synchronize_session=False)
        )


def _remember(session: Session, rows: Sequence[dict[str, object]]) -> None:
    upsert(session, DepartureChange, rows, only_if_newer="as_of")
    apply_changes(session, departure_ids=[row["departure_id"] for row in rows])  # type: ignore[misc]
