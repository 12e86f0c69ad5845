"""Delays and cancellations of departures, as flight_svc tells them, in whatever order they come."""

from collections.abc import Collection, Sequence

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from booking_svc.domain.departures import DepartureStatus
from booking_svc.models import Departure, DepartureChange
from common.contracts.flight import DepartureCancelled, DepartureDelayed
from common.db import upsert
from common.messages import newest

_TIMES = ("departs_at", "departs_local", "arrives_at", "arrives_local")


def note_delayed(session: Session, events: Sequence[DepartureDelayed]) -> None:
    """Remember when delayed departures leave; older news than what is known changes nothing."""
    latest = newest(events, of=lambda event: event.departure_id)
    _remember(
        session,
        [
            {
                "departure_id": event.departure_id,
                "status": DepartureStatus.DELAYED,
                "reason": event.reason,
                **{name: getattr(event, name) for name in _TIMES},
                "as_of": event.occurred_at,
            }
            for event in latest
        ],
    )


def note_cancelled(session: Session, events: Sequence[DepartureCancelled]) -> None:
    """Remember that departures do not fly, so that nobody books on them any more."""
    latest = newest(events, of=lambda event: event.departure_id)
    _remember(
        session,
        [
            {
                "departure_id": event.departure_id,
                "status": DepartureStatus.CANCELLED,
                "reason": event.reason,
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
            .values(status=change.status, status_reason=change.reason, as_of=change.as_of, **times)
            .execution_options(synchronize_session=False)
        )


def _remember(session: Session, rows: Sequence[dict[str, object]]) -> None:
    upsert(session, DepartureChange, rows, only_if_newer="as_of")
    apply_changes(session, departure_ids=[row["departure_id"] for row in rows])  # type: ignore[misc]
