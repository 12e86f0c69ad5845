"""The inbox: each handler applies each event once, whatever is delivered."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Index, String, Table, Uuid, delete, insert, select
from sqlalchemy.orm import Session

from common.columns import SHARED, UtcDateTime, now
from common.messages import Event

inbox = Table(
    "inbox",
    SHARED,
    Column("event_id", Uuid(), primary_key=True),
    Column("handler", String(60), primary_key=True),
    Column("type", String(60), nullable=False),
    Column("correlation_id", Uuid(), nullable=False),
    Column("handled_at", UtcDateTime(), nullable=False),
    Index("ix_inbox_correlation_id", "correlation_id"),
    Index("ix_inbox_handled_at", "handled_at"),
)

_CLAIM = (
    insert(inbox)
    .prefix_with("IGNORE", dialect="mariadb")
    .prefix_with("OR IGNORE", dialect="sqlite")
    .values(handled_at=now())
    .returning(inbox.c.event_id)
)


def first_time(session: Session, *, event_id: UUID, handler: str, type: str, correlation_id: UUID) -> bool:
    """Return whether `handler` meets this event for the first time; see `first_times`."""
    known = {"event_id": event_id, "handler": handler, "type": type, "correlation_id": correlation_id}
    return bool(_claim(session, [known]))


def first_times(session: Session, *, events: Sequence[Event], handler: str) -> list[Event]:
    """
    Return those of `events` which `handler` meets for the first time, each once.

    The claims are rows of the handler's own transaction: if that rolls back, the next delivery is the first again.
    """
    unique = {event.event_id: event for event in events}
    claimed = _claim(
        session,
        [
            {
                "event_id": event.event_id,
                "handler": handler,
                "type": type(event).__name__,
                "correlation_id": event.correlation_id,
            }
            for event in unique.values()
        ],
    )
    return [event for event_id, event in unique.items() if event_id in claimed]


def _claim(session: Session, rows: list[dict[str, Any]]) -> set[UUID]:
    return set(session.scalars(_CLAIM, rows)) if rows else set()


def prune(session: Session, *, keep: timedelta, limit: int) -> int:
    """
    Delete at most `limit` claims older than `keep`; return how many.

    `keep` must be longer than any event can still be delivered again, an operator's redrive included.
    """
    old = select(inbox.c.event_id).where(inbox.c.handled_at < now(seconds=-keep.total_seconds())).limit(limit)
    ids = session.scalars(old).all()
    session.execute(delete(inbox).where(inbox.c.event_id.in_(ids)))
    return len(ids)
