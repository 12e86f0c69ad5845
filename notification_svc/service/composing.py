"""Turning what was heard about reservations into rows of the message log."""

import logging
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from common.columns import now
from common.db import Database, upsert
from notification_svc.domain.correspondence import Case, Letter, due
from notification_svc.domain.facts import Heard, Story
from notification_svc.domain.messages import Channel
from notification_svc.models import Correspondence, Fact, Itinerary, Message
from notification_svc.service.writing import Draft, write

T = TypeVar("T")

log = logging.getLogger(__name__)

# How long a reservation that is being looked at is left alone by others; much longer than looking takes.
_LOOKING_SECONDS = 30.0
# How many reservations are written about in one transaction: their consumer waits for its end.
_BATCH = 50
#: Has a row while there is a reservation to look at.
DUE = select(Correspondence.reservation_id).where(Correspondence.look_at <= now()).limit(1)


def compose_due(database: Database, *, limit: int = 200) -> int:
    """Look at reservations that something was heard of, write what follows, and return how many there were."""
    reservations = database.write(take_up, limit=limit)
    for first in range(0, len(reservations), _BATCH):
        batch = reservations[first : first + _BATCH]
        try:
            database.write(compose, reservation_ids=batch)
        except Exception as error:  # one of them is to blame: only that one waits
            log.info("a batch of %d failed (%s); composing one by one", len(batch), error)
            for reservation_id in batch:
                _compose_alone(database, reservation_id)
    return len(reservations)


def _compose_alone(database: Database, reservation_id: int) -> None:
    try:
        database.write(compose, reservation_ids=[reservation_id])
    except Exception:  # one that cannot be composed is a fault of ours, and keeps nobody else waiting
        log.exception("reservation %s cannot be written about; it is looked at again", reservation_id)


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


def compose(session: Session, *, reservation_ids: Collection[int]) -> None:
    """Write what follows from all that is known of some reservations; what was written before stays as it is."""
    # The locks keep out the consumer, so that nothing is heard between reading the facts and saying when to look again.
    locked = (
        select(Correspondence.reservation_id)
        .where(Correspondence.reservation_id.in_(reservation_ids))
        .order_by(Correspondence.reservation_id)
    )
    look_at = dict.fromkeys(session.scalars(locked.with_for_update()))
    drafts: list[Draft] = []
    for case in _cases(session, reservation_ids):
        found = due(case)
        drafts += _drafts(case.itinerary, found.letters)
        if found.look_again is not None:
            look_at[case.itinerary["reservationId"]] = case.now + timedelta(seconds=found.look_again)
    write(session, drafts)
    upsert(
        session,
        Correspondence,
        [{"reservation_id": reservation_id, "look_at": moment} for reservation_id, moment in look_at.items()],
    )


def _cases(session: Session, reservation_ids: Collection[int]) -> Iterator[Case]:
    itineraries = session.execute(
        select(Itinerary, now().label("now")).where(Itinerary.reservation_id.in_(reservation_ids))
    ).all()
    facts = _by_reservation(session.scalars(select(Fact).where(Fact.reservation_id.in_(reservation_ids))))
    before = _by_reservation(
        session.execute(
            select(Message.reservation_id, Message.event_id, Message.content).where(
                Message.reservation_id.in_(reservation_ids)
            )
        )
    )
    for itinerary, present in itineraries:
        yield Case(
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
                    for fact in facts[itinerary.reservation_id]
                ]
            ),
            now=present,
            written={row.event_id: row.content or {} for row in before[itinerary.reservation_id]},
        )


def _by_reservation(rows: Iterable[T]) -> defaultdict[int, list[T]]:
    found: defaultdict[int, list[T]] = defaultdict(list)
    for row in rows:
        found[row.reservation_id].append(row)  # type: ignore[attr-defined]
    return found


def _drafts(itinerary: Mapping[str, Any], letters: Sequence[Letter]) -> Iterator[Draft]:
    contact = itinerary["contact"]
    for letter in letters:
        for channel in letter.channels:
            recipient = contact["email"] if channel is Channel.EMAIL else contact.get("phone")
            if recipient is not None:
                yield Draft(
                    event_id=letter.event_id,
                    reservation_id=itinerary["reservationId"],
                    locator=itinerary["locator"],
                    correlation_id=UUID(itinerary["correlationId"]),
                    kind=letter.kind,
                    channel=channel,
                    recipient=recipient,
                    language=contact["language"],
                    content=letter.content,
                )
