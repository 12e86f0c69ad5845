"""The audit log: who did what by a right that travellers do not have; written with the act, never changed."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import JSON, Column, Index, String, Table, Text, Uuid, insert, select
from sqlalchemy.orm import Session

from common.auth.callers import Caller, Role
from common.columns import SHARED, BigId, UtcDateTime, now

T = TypeVar("T")

audit_entry = Table(
    "audit_entry",
    SHARED,
    Column("id", BigId, primary_key=True, autoincrement=True),
    Column("at", UtcDateTime(), nullable=False),
    Column("actor", String(80), nullable=False),
    Column("role", String(12), nullable=False),
    Column("act", String(80), nullable=False),
    Column("subject", String(120), nullable=False),
    Column("reason", Text()),
    Column("correlation_id", Uuid(), nullable=False),
    Column("detail", JSON(), nullable=False),
    Index("ix_audit_entry_at", "at"),
    Index("ix_audit_entry_subject", "subject"),
)


#: Who acts by a right that travellers do not have.
PRIVILEGED = frozenset({Role.AGENT, Role.OPERATOR, Role.ADMIN, Role.SERVICE})


def acted(
    use_case: Callable[..., T],
    *,
    by: Caller,
    act: str,
    subject: str | Callable[[T], str],
    correlation_id: UUID,
    reason: str | None = None,
) -> Callable[..., T]:
    """
    Return `use_case`, noted by `record` in its own transaction if `by` acts by a right that travellers do not have.

    `subject` may be told from what the use case returns. What is refused is not noted: it did not happen.
    """
    if by.role not in PRIVILEGED:
        return use_case

    @wraps(use_case)
    def noted(session: Session, **arguments: Any) -> T:
        result = use_case(session, **arguments)
        record(
            session,
            by=by,
            act=act,
            subject=subject(result) if callable(subject) else subject,
            correlation_id=correlation_id,
            reason=reason,
        )
        return result

    return noted


def record(
    session: Session,
    *,
    by: Caller,
    act: str,
    subject: str,
    correlation_id: UUID,
    reason: str | None = None,
    **detail: Any,
) -> None:
    """
    Note a privileged act in the transaction that does it: both stay, or neither.

    `act` is a verb and its object ("issue refund"), `subject` what it was done to ("payment pa_789"), `reason` what the
    caller gave as one. Never put personal data or a token into `detail`.
    """
    session.execute(
        insert(audit_entry).values(
            at=now(),
            actor=by.name,
            role=by.role,
            act=act,
            subject=subject,
            reason=reason,
            correlation_id=correlation_id,
            detail=detail,
        )
    )


def entries(
    session: Session, *, before_id: int | None = None, subject: str | None = None, count: int = 50
) -> list[dict[str, Any]]:
    """Return at most `count` entries as plain values, newest first: all, or those of one subject."""
    wanted = select(audit_entry).order_by(audit_entry.c.id.desc()).limit(count)
    if before_id is not None:
        wanted = wanted.where(audit_entry.c.id < before_id)
    if subject is not None:
        wanted = wanted.where(audit_entry.c.subject == subject)
    return [dict(row) for row in session.execute(wanted).mappings()]
