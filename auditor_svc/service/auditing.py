"""The audit: books are read page by page, held against each other, and what does not agree is noted."""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from auditor_svc.domain import (
    Finding,
    Rule,
    look_at_authorizations,
    look_at_payments,
    look_at_provider,
    look_at_reservations,
    look_at_waiting,
)
from auditor_svc.models import ToldReservation
from auditor_svc.provider import Books, Silent
from auditor_svc.service import findings
from common import clock
from common.contracts.statements import (
    AuthorizationStatement,
    PaymentStatement,
    ProviderStatement,
    ReservationStatement,
)
from common.contracts.subscriptions import SERVICES, SUBSCRIPTIONS
from common.db import Database

log = logging.getLogger(__name__)

# One page is one request to each of two services and some milliseconds of their databases.
PAGE = 500
# Pages of a book in one round of the sweep: with a round every five seconds, 30,000 entries are read again each minute.
PAGES = 5

RESERVATIONS, PROVIDER, AUTHORIZATIONS, SILENCE = "reservations", "provider", "authorizations", "silence"
# In the demo an operator may move the clock: all that has become due by that is late at once, and done within seconds.
REST_SECONDS = 60.0
# Beyond every number of a book.
_END = 2**62


@dataclass(frozen=True, kw_only=True)
class Page:
    """What a page of a book showed: how many entries, the number of the last one, and what is wrong with them."""

    entries: int
    last: int
    found: Sequence[Finding]


def audit(database: Database, books: Books, *, services: Sequence[str] = SERVICES) -> None:
    """Read on in every book, and note what does not agree; a service that is silent does not stop the rest."""
    if clock.was_moved_within(REST_SECONDS):
        return
    silent: dict[str, str] = {}
    for check in (
        partial(_read_on, database, RESERVATIONS, partial(_reservations, database, books)),
        partial(_read_on, database, PROVIDER, partial(_provider, books)),
        partial(_read_on, database, AUTHORIZATIONS, partial(_authorizations, books)),
        *(partial(_messages, database, books, service) for service in services),
    ):
        try:
            check()
        except Silent as silence:
            log.warning("%s", silence)
            silent[silence.service] = silence.why
    found = [Finding(rule=Rule.SILENT, subject=f"{name}_svc", detail={"why": why}) for name, why in silent.items()]
    database.write(findings.note, book=SILENCE, after=-1, last=0, found=found)


def _read_on(database: Database, book: str, read: Callable[[int], Page]) -> None:
    """Read the next pages of a book; after its last one, the next round of the sweep begins with the first."""
    for _ in range(PAGES):
        after = database.read(findings.position, book=book)
        page = read(after)
        ended = page.entries < PAGE
        database.write(findings.note, book=book, after=after, last=_END if ended else page.last, found=page.found)
        database.write(findings.advance, book=book, position=0 if ended else page.last, seen=page.entries, ended=ended)
        if ended:
            return


def _reservations(database: Database, books: Books, after: int) -> Page:
    reservations = books.page("booking", ReservationStatement, after=after, limit=PAGE)
    last = reservations[-1].number if len(reservations) == PAGE else _END
    payments = {
        each.number: each
        for each in books.page("payment", PaymentStatement, after=after, limit=PAGE)
        if each.number <= last
    }
    told = database.read(_told, numbers=[each.number for each in reservations])
    by_number = {each.number: each for each in reservations}
    found = [
        *look_at_reservations(reservations, payments, told),
        *look_at_payments(payments, reservations=by_number),
    ]
    return Page(entries=len(reservations), last=last, found=found)


def _provider(books: Books, after: int) -> Page:
    statements = books.page("payment", ProviderStatement, after=after, limit=PAGE)
    last = statements[-1].number if statements else after
    return Page(entries=len(statements), last=last, found=list(look_at_provider(statements)))


def _authorizations(books: Books, after: int) -> Page:
    statements = books.page("payment", AuthorizationStatement, after=after, limit=PAGE)
    last = statements[-1].number if statements else after
    return Page(entries=len(statements), last=last, found=list(look_at_authorizations(statements)))


def _messages(database: Database, books: Books, service: str) -> None:
    """Look at what waits at a service, and whether everybody heard what it published."""
    book = f"messages of {service}"
    after = database.read(findings.position, book=book, first=-1)
    # What was published before the auditor's first look may be older than its subscribers.
    stated = books.messages(service, after=max(after, 0), limit=PAGE)
    waiting = {name: stated[key] for name, key in (("unpublished", "unpublished"), ("parked", "parked"))}
    found = list(look_at_waiting(service, oldest_seconds=float(stated["oldestSeconds"]), **waiting))
    database.write(findings.note, book=f"waiting at {service}", after=-1, last=0, found=found)
    if after < 0:
        database.write(findings.advance, book=book, position=stated["newest"], seen=0, ended=True)
        return
    published = stated["published"]
    last = published[-1]["number"] if published else after
    unheard = [
        *(open_.detail | {"number": open_.place} for open_ in database.read(findings.still_open, book=book)),
        *published,
    ]
    database.write(findings.note, book=book, after=0, last=last, found=_unheard(books, service, unheard))
    database.write(findings.advance, book=book, position=last, seen=len(published), ended=len(published) < PAGE)


def _unheard(books: Books, publisher: str, events: Sequence[Mapping[str, Any]]) -> Iterator[Finding]:
    missing: dict[str, list[str]] = {}
    for subscriber, heard in SUBSCRIPTIONS.items():
        keys = {kind.routing_key() for kind in heard}
        asked = [event for event in events if f"{event['type']}.v{event['version']}" in keys]
        for first in range(0, len(asked), PAGE):
            for event_id in books.unheard(subscriber, asked[first : first + PAGE]):
                missing.setdefault(event_id, []).append(f"{subscriber}_svc")
    for event in events:
        if event["eventId"] in missing:
            yield Finding(
                rule=Rule.UNHEARD,
                subject=f"event {event['eventId']}",
                place=event["number"],
                detail={
                    "eventId": event["eventId"],
                    "type": event["type"],
                    "version": event["version"],
                    "publisher": f"{publisher}_svc",
                    "notHeardBy": missing[event["eventId"]],
                },
            )


def _told(session: Session, *, numbers: Iterable[int]) -> dict[int, str]:
    rows = session.execute(
        select(ToldReservation.reservation_id, ToldReservation.status).where(
            ToldReservation.reservation_id.in_(list(numbers))
        )
    )
    return {row[0]: row[1] for row in rows}
