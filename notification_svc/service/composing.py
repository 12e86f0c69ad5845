"""Turning what was heard about reservations into rows of the message log."""

import logging
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from common.columns import now
from common.db import Database
from notification_svc.domain.correspondence import Case, due
from notification_svc.domain.facts import Heard, Story
from notification_svc.domain.messages import Channel
from notification_svc.models import Correspondence, Fact, Itinerary, Message
from notification_svc.service.writing import write

log = logging.getLogger(__name__)

# How long a reservation that is being looked at is left alone by others; much longer than looking takes.
_LOOKING_SECONDS = 30.0


def compose_due(database: Database, *, limit: int = 200) -> int:
    """Look at reservations that something was heard of, write what follows, and return how many there were."""
    reservations = database.write(take_up, limit=limit)
    for reservation_id in reservations:
        try:
            database.write(compose, reservation_id=reservation_id)
        except Exception:  # one that cannot be composed is a fault of ours, and keeps nobody else waiting
            log.exception("reservation %s cannot be written about; it is looked at again", reservation_id)
    return len(reservations)


def take_up(session: Session, *, limit: int) -> list[int]:
    """Return the reservations to look at now; nobody else gets them for a while."""
    found = session.scalars(
        select(Correspondence.reservation_id)
        .where(Correspondence.look_at <= now())
        .order_by(Correspondence.look_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    later = update(Correspondence).where(Correspondence.reservation_id.in_(found))
    session.execute(later.values(look_at=now(seconds=_LOOKING_SECONDS)))
    return list(found)


def compose(session: Session, *, reservation_id: int) -> None:
    """Write what follows from all that is known of a reservation; what was written before stays as it is."""
    # The lock keeps out the consumer, so that nothing is heard between reading the facts and saying when to look again.
    session.execute(
        select(Correspondence).where(Correspondence.reservation_id == reservation_id).with_for_update()
    ).one()
    itinerary = session.get(Itinerary, reservation_id)
    again = None
    if itinerary is not None:
        found = due(_case(session, itinerary))
        again = found.look_again
        for letter in found.letters:
            for channel in letter.channels:
                recipient = _reached_by(itinerary.body["contact"], channel)
                if recipient is not None:
                    write(
                        session,
                        event_id=letter.event_id,
                        reservation_id=reservation_id,
                        locator=itinerary.body["locator"],
                        correlation_id=UUID(itinerary.body["correlationId"]),
                        kind=letter.kind,
                        channel=channel,
                        recipient=recipient,
                        language=itinerary.body["contact"]["language"],
                        content=dict(letter.content),
                    )
    session.execute(
        update(Correspondence)
        .where(Correspondence.reservation_id == reservation_id)
        .values(look_at=None if again is None else now(seconds=again))
    )


def _case(session: Session, itinerary: Itinerary) -> Case:
    present: datetime = session.execute(select(now().label("now"))).scalar_one()
    facts = session.scalars(select(Fact).where(Fact.reservation_id == itinerary.reservation_id)).all()
    before = session.execute(
        select(Message.event_id, Message.content).where(Message.reservation_id == itinerary.reservation_id)
    )
    return Case(
        itinerary=itinerary.body,
        as_of=itinerary.as_of,
        story=Story(
            [
                Heard(
                    event_id=fact.event_id,
                    type=fact.type,
                    occurred_at=fact.occurred_at,
                    seconds_ago=(present - fact.heard_at).total_seconds(),
                    body=fact.body,
                )
                for fact in facts
            ]
        ),
        now=present,
        written={row.event_id: row.content or {} for row in before},
    )


def _reached_by(contact: dict[str, Any], channel: Channel) -> str | None:
    return contact["email"] if channel is Channel.EMAIL else contact.get("phone")
