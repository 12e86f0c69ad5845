"""What a service states of its messages: what it published, what it has not heard, what waits."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from common.columns import now
from common.contracts.subscriptions import SUBSCRIPTIONS
from common.inbox import inbox
from common.outbox import outbox
from common.parking import parked_message

# A transaction takes its numbers in the outbox before it commits; after this long none of those before is missing.
SETTLED_SECONDS = 10.0


def published(session: Session, *, after: int, limit: int) -> list[dict[str, Any]]:
    """Return at most `limit` published events with a number beyond `after`, oldest first, none of them seconds old."""
    rows = session.execute(
        select(outbox.c.id, outbox.c.event_id, outbox.c.type, outbox.c.version)
        .where(outbox.c.id > after, outbox.c.occurred_at < now(seconds=-SETTLED_SECONDS))
        .where(outbox.c.published_at.is_not(None))
        .order_by(outbox.c.id)
        .limit(limit)
    )
    return [dict(row) for row in rows.mappings()]


def past(session: Session, *, exchange: str, to: str, since: datetime, after: int, limit: int) -> list[dict[str, Any]]:
    """Return at most `limit` published events that `to` hears, since a moment and beyond a number, with bodies."""
    heard = [event for event in SUBSCRIPTIONS.get(to, ()) if event.exchange == exchange]
    if not heard:
        return []
    kinds = or_(*((outbox.c.type == event.__name__) & (outbox.c.version == event.version) for event in heard))
    rows = session.execute(
        select(outbox)
        .where(outbox.c.id > after, outbox.c.occurred_at >= since, outbox.c.published_at.is_not(None))
        .where(kinds)
        .order_by(outbox.c.id)
        .limit(limit)
    )
    return [{"number": row.id, "body": row.body | {"occurredAt": row.occurred_at}} for row in rows]


def newest(session: Session) -> int:
    """Return the number of the newest event, 0 if there is none."""
    return session.scalar(select(func.max(outbox.c.id))) or 0


def waiting(session: Session) -> dict[str, Any]:
    """Return how many events are not published yet, how old the oldest of them is, and how many messages are parked."""
    unpublished, oldest, at = session.execute(
        select(func.count(), func.min(outbox.c.occurred_at), now()).where(outbox.c.published_at.is_(None))
    ).one()
    return {
        "unpublished": unpublished,
        "oldest_seconds": 0.0 if oldest is None else (at - oldest).total_seconds(),
        "parked": session.scalar(select(func.count()).where(parked_message.c.state == "parked")) or 0,
    }


def unheard(
    session: Session, *, events: Sequence[Mapping[str, Any]], handlers: Mapping[str, Iterable[str]]
) -> list[UUID]:
    """
    Return the ids of those `events` that not every handler of theirs has applied.

    `events` are `{event_id, type, version}`; `handlers` are the names of the functions for each routing key.
    """
    wanted = {event["event_id"]: set(handlers.get(f"{event['type']}.v{event['version']}", ())) for event in events}
    rows = session.execute(select(inbox.c.event_id, inbox.c.handler).where(inbox.c.event_id.in_(wanted)))
    for event_id, handler in rows:
        wanted[event_id].discard(handler)
    return [event_id for event_id, missing in wanted.items() if missing]
