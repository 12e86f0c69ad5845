"""The tables of parked messages and of the last error of messages that were given back."""

from datetime import timedelta
from typing import Any, Literal

from sqlalchemy import JSON, Column, Index, Integer, RowMapping, String, Table, Text, delete, insert, select, update
from sqlalchemy.orm import Session

from common.columns import SHARED, BigId, UtcDateTime, now
from common.db import upsert

Kind = Literal["event", "command"]

#: The header that tells a message an operator has had sent once more from what was sent before: by which act.
SENT_AGAIN = "x-aerosaga-sent-again"

parked_message = Table(
    "parked_message",
    SHARED,
    Column("id", BigId, primary_key=True, autoincrement=True),
    Column("queue", String(80), nullable=False),
    Column("routing_key", String(120), nullable=False),
    # What it says, as text: an event's body, a command's keyword arguments.
    Column("body", Text(), nullable=False),
    Column("headers", JSON(), nullable=False),
    Column("error", Text(), nullable=False),
    Column("parked_at", UtcDateTime(), nullable=False),
    Column("kind", String(8), nullable=False, server_default="event"),
    Column("state", String(10), nullable=False, server_default="parked"),
    Column("message_id", String(80)),
    Column("content_type", String(80), nullable=False, server_default="application/json"),
    # "base64" where the body is no text.
    Column("encoding", String(8), nullable=False, server_default="text"),
    # What a command's message has around its keyword arguments, for sending it as it was.
    Column("envelope", JSON()),
    Column("deliveries", Integer(), nullable=False, server_default="1"),
    Column("last_at", UtcDateTime()),
    Column("closed_at", UtcDateTime()),
    Column("history", JSON(), nullable=False, server_default="[]"),
    Index("ix_parked_message_state", "state", "id"),
    Index("ix_parked_message_message_id", "message_id"),
)

#: The broker counts deliveries and knows no errors: who gives a message back leaves its error here.
delivery_error = Table(
    "delivery_error",
    SHARED,
    Column("message_id", String(80), primary_key=True),
    Column("error", Text(), nullable=False),
    Column("at", UtcDateTime(), nullable=False),
    Index("ix_delivery_error_at", "at"),
)


def park(
    session: Session,
    *,
    queue: str,
    routing_key: str,
    body: str,
    headers: dict[str, Any],
    error: str,
    kind: Kind = "event",
    message_id: str | None = None,
    content_type: str = "application/json",
    encoding: str = "text",
    envelope: dict[str, Any] | None = None,
    deliveries: int = 1,
) -> None:
    """
    Keep a message that cannot be handled, with the reason.

    A message that was kept already, by its id and queue, is only counted: whoever parked it died before it could
    acknowledge it, or it was published twice. That is so whatever was done about it since, unless it has been sent once
    more by an operator (SENT_AGAIN) and fails again: then somebody has to look at it again.
    """
    known = _kept(session, queue=queue, message_id=message_id, act=headers.get(SENT_AGAIN)) if message_id else None
    if known is not None:
        again: dict[str, Any] = {"deliveries": parked_message.c.deliveries + deliveries, "last_at": now()}
        if known["state"] == "parked":
            again["error"] = error
        session.execute(update(parked_message).where(parked_message.c.id == known["id"]).values(**again))
        return
    session.execute(
        insert(parked_message).values(
            queue=queue,
            routing_key=routing_key,
            body=body,
            headers=headers,
            error=error,
            parked_at=now(),
            last_at=now(),
            kind=kind,
            message_id=message_id,
            content_type=content_type,
            encoding=encoding,
            envelope=envelope,
            deliveries=deliveries,
            state="parked",
            history=[],
        )
    )


def _kept(session: Session, *, queue: str, message_id: str, act: str | None) -> RowMapping | None:
    """Return the row a message is in: one that waits for an operator, else that of the same sending; locked."""
    wanted = (
        select(parked_message)
        .where(parked_message.c.message_id == message_id, parked_message.c.queue == queue)
        .order_by(parked_message.c.id)
        .with_for_update()
    )
    rows = session.execute(wanted).mappings().all()
    waiting = (row for row in rows if row["state"] == "parked")
    same = (row for row in rows if row["headers"].get(SENT_AGAIN) == act)
    return next(waiting, None) or next(same, None)


def note_error(session: Session, *, message_id: str, error: str) -> None:
    """Remember why a message was given back; the last one counts."""
    upsert(session, delivery_error, [{"message_id": message_id, "error": error, "at": now()}])


def is_noted(session: Session, *, message_id: str) -> bool:
    """Return whether somebody gave this message back and said why, rather than die of it."""
    noted = select(delivery_error.c.message_id).where(delivery_error.c.message_id == message_id)
    return session.scalar(noted) is not None


def known_error(session: Session, *, message_id: str | None) -> str:
    """Return why a message was given back the last time, as far as anybody could say it."""
    found = session.scalar(select(delivery_error.c.error).where(delivery_error.c.message_id == message_id))
    return found or "not known: whoever had it died or was cut off, each time, before it could say why"


def prune(session: Session, *, keep: timedelta, limit: int) -> int:
    """Delete at most `limit` messages that were redriven or dropped longer than `keep` ago; return how many."""
    old = select(parked_message.c.id).where(parked_message.c.closed_at < now(seconds=-keep.total_seconds()))
    ids = session.scalars(old.limit(limit)).all()
    session.execute(delete(parked_message).where(parked_message.c.id.in_(ids)))
    return len(ids)


def prune_errors(session: Session, *, keep: timedelta, limit: int) -> int:
    """Delete at most `limit` errors older than `keep`; return how many."""
    old = select(delivery_error.c.message_id).where(delivery_error.c.at < now(seconds=-keep.total_seconds()))
    ids = session.scalars(old.limit(limit)).all()
    session.execute(delete(delivery_error).where(delivery_error.c.message_id.in_(ids)))
    return len(ids)
