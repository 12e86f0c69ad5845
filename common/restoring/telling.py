"""Events that a service told after its backup: put back into its outbox from who heard them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from common.outbox import outbox
from common.restoring.numbers import LEAP


def put_back(session: Session, *, exchange: str, bodies: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """
    Write those of these events that the outbox does not have, as published, oldest first; return them.

    They keep ids and times, so that a replay from here finds them known everywhere. Their numbers are beyond all that
    can have been given out, because others have read on to some number of this outbox.
    """
    ids = [UUID(str(body["eventId"])) for body in bodies]
    known = set(session.scalars(select(outbox.c.event_id).where(outbox.c.event_id.in_(ids)))) if ids else set()
    new = sorted(
        (body for body in bodies if UUID(str(body["eventId"])) not in known), key=lambda body: str(body["occurredAt"])
    )
    if new:
        first = (session.scalar(select(func.max(outbox.c.id))) or 0) + LEAP
        session.execute(insert(outbox), [_row(body, first + place, exchange) for place, body in enumerate(new)])
    return new


def _row(body: Mapping[str, Any], number: int, exchange: str) -> dict[str, Any]:
    occurred_at = datetime.fromisoformat(str(body["occurredAt"]))
    return {
        "id": number,
        "event_id": UUID(str(body["eventId"])),
        "exchange": exchange,
        "type": body["type"],
        "version": body["version"],
        "correlation_id": UUID(str(body["correlationId"])),
        "body": {name: value for name, value in body.items() if name != "occurredAt"},
        "occurred_at": occurred_at,
        "published_at": occurred_at,
    }
