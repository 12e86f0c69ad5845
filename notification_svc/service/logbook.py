"""The log of what was written, as operators see it."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from common import audit
from common.auth import Caller
from common.columns import now
from notification_svc.domain.messages import MessageNotFound, NotRepeatable, State
from notification_svc.models import Correspondence, Fact, Itinerary, Message, Stop


def of_reservation(session: Session, *, locator: str) -> Sequence[Message]:
    """Return what was written about the reservation of this locator, oldest first."""
    return session.scalars(select(Message).where(Message.locator == locator).order_by(Message.id)).all()


def redeliver(session: Session, *, name: str, by: Caller, correlation_id: UUID) -> Message:
    """
    Have a message sent once more, as a mail of its own: a receiver that drops repeats takes it.

    :raises MessageNotFound: if there is none of this name
    :raises NotRepeatable: if it is still on its way, or what it said is forgotten
    """
    message = session.scalars(select(Message).where(Message.name == name).with_for_update()).one_or_none()
    if message is None:
        raise MessageNotFound(f"There is no message {name}.")
    if message.state is State.WAITING:
        raise NotRepeatable(f"Message {name} is still on its way; it is tried again by itself.")
    if message.content is None:
        raise NotRepeatable(f"What message {name} said was for one time only; ask for a new one.")
    message.state, message.attempts, message.next_attempt_at = State.WAITING, 0, now()
    message.redeliveries += 1
    session.flush()  # so that the caller sees when it is due
    session.refresh(message)
    audit.record(
        session,
        by=by,
        act="send message again",
        subject=f"message {name}",
        correlation_id=correlation_id,
    )
    return message


def prune_itineraries(session: Session, *, keep: timedelta, limit: int) -> int:
    """Forget who flew, and how they were reached, when the journey ended longer than `keep` ago; return how many."""
    old = select(Itinerary.reservation_id).where(Itinerary.ends_at < now(seconds=-keep.total_seconds())).limit(limit)
    ids = session.scalars(old).all()
    for table in (Itinerary, Stop, Correspondence):
        session.execute(delete(table).where(table.reservation_id.in_(ids)))
    return len(ids)


def prune_facts(session: Session, *, keep: timedelta, limit: int) -> int:
    """Forget at most `limit` facts of forgotten reservations that were heard `keep` ago; return how many."""
    known = select(Itinerary.reservation_id)
    old = session.execute(
        select(Fact.reservation_id, Fact.event_id)
        .where(Fact.heard_at < now(seconds=-keep.total_seconds()), Fact.reservation_id.not_in(known))
        .limit(limit)
    ).all()
    for reservation_id, event_id in old:
        session.execute(delete(Fact).where(Fact.reservation_id == reservation_id, Fact.event_id == event_id))
    return len(old)


def prune_messages(session: Session, *, keep: timedelta, limit: int) -> int:
    """Forget at most `limit` messages written longer than `keep` ago that are over; return how many."""
    ids = session.scalars(
        select(Message.id)
        .where(Message.created_at < now(seconds=-keep.total_seconds()), Message.state != State.WAITING)
        .limit(limit)
    ).all()
    session.execute(delete(Message).where(Message.id.in_(ids)))
    return len(ids)
