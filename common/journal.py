"""The journal: what a service did for one correlation id, for people to read in order."""

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Column, Index, RowMapping, String, Table, Uuid, delete, insert, select
from sqlalchemy.orm import Session

from common import inbox, outbox
from common.columns import SHARED, BigId, UtcDateTime, now
from common.messages import Command, is_personal

journal = Table(
    "journal",
    SHARED,
    Column("id", BigId, primary_key=True, autoincrement=True),
    Column("at", UtcDateTime(), nullable=False),
    Column("correlation_id", Uuid(), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("name", String(80), nullable=False),
    Column("detail", JSON(), nullable=False),
    Index("ix_journal_correlation_id", "correlation_id"),
    Index("ix_journal_at", "at"),
)

_WRITE = insert(journal).values(at=now())


@dataclass(frozen=True)
class Line:
    """
    Something that was done for `correlation_id`.

    `kind` is request (somebody asked), command (one was taken up), step (one was carried out) or act (an outside party
    answered).
    Never put personal data or a token into `detail`.
    """

    correlation_id: UUID
    _: KW_ONLY
    kind: str
    name: str
    detail: Mapping[str, Any]


def write(session: Session, *lines: Line) -> None:
    """Note that something was done, in this order."""
    if lines:
        session.execute(_WRITE, [vars(line) for line in lines])


def record(session: Session, *, correlation_id: UUID, kind: str, name: str, **detail: Any) -> None:
    """Note a single `Line`."""
    write(session, Line(correlation_id, kind=kind, name=name, detail=detail))


def record_command(session: Session, command: Command, **detail: Any) -> None:
    """Note that a command was taken up; it shows again if it is delivered again."""
    write(session, of_command(command, **detail))


def of_command(command: Command, **detail: Any) -> Line:
    """Return the line that says that a command was taken up."""
    return Line(
        command.correlation_id,
        kind="command",
        name=type(command).__name__,
        detail={"queue": command.queue, **detail},
    )


def timeline(session: Session, *, service: str, correlation_id: UUID) -> list[dict[str, Any]]:
    """Return what this service did, said and heard for `correlation_id`, oldest first."""
    done = session.execute(select(journal).where(journal.c.correlation_id == correlation_id)).mappings()
    said = session.execute(select(outbox.outbox).where(outbox.outbox.c.correlation_id == correlation_id)).mappings()
    heard = session.execute(select(inbox.inbox).where(inbox.inbox.c.correlation_id == correlation_id)).mappings()
    entries = [
        *({"at": row["at"], "kind": row["kind"], "name": row["name"], "detail": row["detail"]} for row in done),
        *(
            {
                "at": row["occurred_at"],
                "kind": "event",
                "name": row["type"],
                "detail": {**_shown(row), "publishedAt": row["published_at"]},
            }
            for row in said
        ),
        *(
            {"at": row["handled_at"], "kind": "heard", "name": row["type"], "detail": {"by": row["handler"]}}
            for row in heard
        ),
    ]
    return sorted(({**entry, "service": service} for entry in entries), key=lambda entry: entry["at"])


def _shown(row: RowMapping) -> dict[str, Any]:
    """Return the body of an event as a timeline shows it: of a personal one, only what it is about."""
    body: dict[str, Any] = row["body"]
    if not is_personal(row["type"]):
        return body
    return {key: value for key, value in body.items() if isinstance(value, int) or key in {"type", "locator"}}


def prune(session: Session, *, keep: timedelta, limit: int) -> int:
    """Delete at most `limit` entries older than `keep`; return how many."""
    old = select(journal.c.id).where(journal.c.at < now(seconds=-keep.total_seconds())).limit(limit)
    ids = session.scalars(old).all()
    session.execute(delete(journal).where(journal.c.id.in_(ids)))
    return len(ids)
