"""What an operator does about parked messages: look, edit, drop; each act in the history and the audit log."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from common import audit, codec
from common.auth import Caller
from common.columns import now
from common.errors import Conflict, NotFound
from common.parking.messages import parked_message

Row = Mapping[str, Any]


class ParkedMessageNotFound(NotFound):
    """Raised when there is no parked message of this number."""


class NotParked(Conflict):
    """Raised when a message was redriven or dropped already."""

    code = "not_parked"


def listing(
    session: Session,
    *,
    state: str | None = "parked",
    queue: str | None = None,
    kind: str | None = None,
    before_id: int | None = None,
    count: int = 50,
) -> list[Row]:
    """Return at most `count` messages as plain values, newest first; `before_id` is where the page before ended."""
    wanted = select(parked_message).order_by(parked_message.c.id.desc()).limit(count)
    for column, value in (
        (parked_message.c.state, state),
        (parked_message.c.queue, queue),
        (parked_message.c.kind, kind),
    ):
        if value is not None:
            wanted = wanted.where(column == value)
    if before_id is not None:
        wanted = wanted.where(parked_message.c.id < before_id)
    return [dict(row) for row in session.execute(wanted).mappings()]


def find(session: Session, *, message_id: int) -> Row:
    """
    Return a message as plain values, whatever became of it.

    :raises ParkedMessageNotFound: if there is none of this number
    """
    row = session.execute(select(parked_message).where(parked_message.c.id == message_id)).mappings().first()
    if row is None:
        raise ParkedMessageNotFound(f"There is no parked message {message_id} here. List them with GET /parked.")
    return dict(row)


def edit(session: Session, *, message_id: int, body: Mapping[str, Any], by: Caller, reason: str, trace: UUID) -> Row:
    """
    Replace what a message says; what it said before stays in its history.

    :raises NotParked: if it was redriven or dropped
    """
    row = lock(session, message_id)
    text = codec.dumps(dict(body))
    change(
        session,
        row,
        entry=entry("edited", by, reason, before=row["body"]),
        values={"body": text, "content_type": "application/json", "encoding": "text"},
    )
    record(session, row, act="edit parked message", by=by, reason=reason, trace=trace)
    return find(session, message_id=message_id)


def drop(session: Session, *, message_id: int, by: Caller, reason: str, trace: UUID) -> Row:
    """
    Give a message up: it is never applied, and stays readable until it is pruned.

    :raises NotParked: if it was redriven or dropped
    """
    row = lock(session, message_id)
    change(session, row, entry=entry("dropped", by, reason), values={"state": "dropped", "closed_at": now()})
    record(session, row, act="drop parked message", by=by, reason=reason, trace=trace)
    return find(session, message_id=message_id)


def lock(session: Session, message_id: int) -> Row:
    """
    Return a message that is parked, locked until the end of the transaction.

    :raises NotParked: if it was redriven or dropped
    """
    wanted = select(parked_message).where(parked_message.c.id == message_id).with_for_update()
    row = session.execute(wanted).mappings().first()
    if row is None:
        raise ParkedMessageNotFound(f"There is no parked message {message_id} here. List them with GET /parked.")
    if row["state"] != "parked":
        raise NotParked(f"Parked message {message_id} was {row['state']} already; that is not taken back.")
    return dict(row)


def entry(act: str, by: Caller, reason: str, **more: Any) -> dict[str, Any]:
    """Return a line of a message's history."""
    return {"act": act, "by": by.name, "reason": reason, **more}


def change(session: Session, row: Row, *, entry: dict[str, Any], values: dict[str, Any]) -> None:
    """Change a locked message, with a line in its history."""
    at = session.scalar(select(now()))
    history = [*row["history"], {"at": at, **entry}]
    session.execute(update(parked_message).where(parked_message.c.id == row["id"]).values(history=history, **values))


def record(session: Session, row: Row, *, act: str, by: Caller, reason: str, trace: UUID, **detail: Any) -> None:
    """Put an act into the audit log; never what a message says, which may be personal."""
    audit.record(
        session,
        by=by,
        act=act,
        subject=f"parked message {row['id']}",
        correlation_id=trace,
        reason=reason,
        queue=row["queue"],
        **detail,
    )
