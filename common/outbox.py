"""The outbox: events are written with the change they tell of, and published from the table afterwards."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    Index,
    Row,
    SmallInteger,
    String,
    Table,
    Uuid,
    delete,
    insert,
    select,
    update,
)
from sqlalchemy.orm import Session

from common.columns import SHARED, BigId, UtcDateTime, now
from common.contracts.versions import told
from common.crash import crash_point
from common.messages import Event

outbox = Table(
    "outbox",
    SHARED,
    Column("id", BigId, primary_key=True, autoincrement=True),
    Column("event_id", Uuid(), nullable=False),
    Column("exchange", String(40), nullable=False),
    Column("type", String(60), nullable=False),
    Column("version", SmallInteger(), nullable=False),
    Column("correlation_id", Uuid(), nullable=False),
    Column("body", JSON(), nullable=False),
    Column("occurred_at", UtcDateTime(), nullable=False),
    Column("published_at", UtcDateTime()),
    # The relay looks for NULL, which this index keeps together and in order; pruning looks for the oldest.
    Index("ix_outbox_published_at", "published_at", "id"),
    Index("ix_outbox_correlation_id", "correlation_id"),
)

#: Has a row while there is an event to publish.
UNPUBLISHED = select(outbox.c.id).where(outbox.c.published_at.is_(None)).limit(1)

_RECORD = insert(outbox).values(occurred_at=now())


def record(session: Session, *events: Event) -> None:
    """
    Write `events` in the caller's transaction, in order; they are published if and only if it commits.

    One that is published in two versions for a while is written in both.
    """
    if events:
        rows = [_row(version) for event in events for version in told(event)]
        session.execute(_RECORD, rows)


def relay(session: Session, *, publish: Callable[[Sequence[Row[Any]]], int], limit: int) -> int:
    """
    Publish the oldest unpublished rows, at most `limit`, and mark those that were confirmed; return how many.

    `publish` takes the rows in order and returns how many from the first on the broker has confirmed. A second relay
    skips the rows this one has locked. A process that dies between publish and commit leaves its rows unmarked: they
    are published again, and every inbox knows them.
    """
    rows = session.execute(
        select(outbox)
        .where(outbox.c.published_at.is_(None))
        .order_by(outbox.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    if not rows:
        return 0
    crash_point("outbox.unpublished", of=rows[0].exchange)
    confirmed = publish(rows)
    crash_point("outbox.published", of=rows[0].exchange)
    if confirmed:
        ids = [row.id for row in rows[:confirmed]]
        mark = update(outbox).where(outbox.c.id.in_(ids)).values(published_at=now())
        # By its key alone: a scan would want the rows of another relay too, and a deadlock publishes everything again.
        session.execute(mark.with_hint("FORCE INDEX (PRIMARY)", dialect_name="mariadb"))
    return confirmed


def prune(session: Session, *, keep: timedelta, limit: int) -> int:
    """Delete at most `limit` rows that were published longer than `keep` ago; return how many."""
    old = select(outbox.c.id).where(outbox.c.published_at < now(seconds=-keep.total_seconds())).limit(limit)
    ids = session.scalars(old).all()
    session.execute(delete(outbox).where(outbox.c.id.in_(ids)))
    return len(ids)


def _row(event: Event) -> dict[str, Any]:
    body = event.to_wire()
    return {
        "event_id": event.event_id,
        "exchange": event.exchange,
        "type": body["type"],
        "version": body["version"],
        "correlation_id": event.correlation_id,
        "body": body,
    }
