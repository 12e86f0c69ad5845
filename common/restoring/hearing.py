"""Hearing again: past events, applied through the inbox without the broker."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from common import codec
from common.applying import Applier, Handlers
from common.db import Database
from common.errors import DomainError
from common.inbox import inbox
from common.messages import Event
from common.restoring.differences import Difference


def hear(
    database: Database, *, service: str, handlers: Handlers, publisher: str, bodies: Sequence[Mapping[str, Any]]
) -> list[Difference]:
    """
    Apply past events of a publisher that are not applied yet, in their order; list how many, and those that failed.

    `bodies` are those of messages. The inbox decides what is new, so that what the broker still holds and delivers
    later changes nothing.
    """
    applier = Applier(service, handlers)
    events = [applier.read(codec.dumps(dict(body)).encode(), "application/json") for body in bodies]
    found: list[Difference] = []
    applied = 0
    for event in events:
        try:
            applied += database.write(_apply, applier, event)
        except DomainError as refusal:
            name = f"event {event.event_id}"
            said = f"{type(event).__name__} of {publisher}_svc cannot be applied: {refusal.detail}"
            todo = f"see its timeline (correlation id {event.correlation_id}), then replay it"
            found.append(Difference(subject=name, what=said, todo=todo))
    if applied:
        what = f"{applied} of the {len(events)} events that {publisher}_svc published since had not been heard"
        found.append(Difference(subject=f"{publisher}_svc", what=what, healed="heard now"))
    return found


def _apply(session: Session, applier: Applier, event: Event) -> bool:
    """Give an event to its handlers; return whether any of them had not had it."""
    before = _claims(session, event)
    applier.apply(session, type(event), [event])
    return _claims(session, event) > before


def _claims(session: Session, event: Event) -> int:
    return session.scalar(select(func.count()).where(inbox.c.event_id == event.event_id)) or 0
