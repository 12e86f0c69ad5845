"""Parked messages: what a consumer could not read or apply, kept with its error; the next message is not held up."""

from typing import Any

from sqlalchemy import JSON, Column, String, Table, Text, insert
from sqlalchemy.orm import Session

from common.columns import SHARED, BigId, UtcDateTime, now

parked_message = Table(
    "parked_message",
    SHARED,
    Column("id", BigId, primary_key=True, autoincrement=True),
    Column("queue", String(80), nullable=False),
    Column("routing_key", String(120), nullable=False),
    Column("body", Text(), nullable=False),
    Column("headers", JSON(), nullable=False),
    Column("error", Text(), nullable=False),
    Column("parked_at", UtcDateTime(), nullable=False),
)


def park(session: Session, *, queue: str, routing_key: str, body: str, headers: dict[str, Any], error: str) -> None:
    """Keep a message that cannot be handled, with the reason."""
    session.execute(
        insert(parked_message).values(
            queue=queue, routing_key=routing_key, body=body, headers=headers, error=error, parked_at=now()
        )
    )
