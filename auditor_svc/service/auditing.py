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
# Pages of a book in one round of the sweep: with a round every ten seconds, 15,000 entries are read again each minute.
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


@dataclass(frozen=True, kw_only=True)
class Told:
    """
    What a service told of its messages, and what is wrong with them.

    `published` are those not seen before, `after` the number of the last one that was, less than 0 if none ever was.
    `unheard` is None if somebody who hears them was silent: they are read again.
    """

    service: str
    after: int
    newest: int
    published: Sequence[Mapping[str, Any]]
    waiting: Sequence[Finding]
    unheard: Sequence[Finding] | None


class Rest:
    """Leaves out every other round while nothing happens: after one that found nothing and had nothing new to read."""

    def __init__(self) -> None:
        self._earned = False

    def note(self, *, quiet: bool) -> None:
        """Remember how a round was."""
        self._earned = quiet

    def is_due(self) -> bool:
        """Return whether to read on now; one round is left out at most."""
        earned, self._earned = self._earned, False
        return not earned


def audit(database: Database, books: Books, *, services: Sequence[str] = SERVICES) -> bool:
    """
    Read on in every book, and note what does not agree; a service that is silent does not stop the rest.

    Return whether it was a quiet round: all books were read to their ends, nothing was found and nothing had happened.
    """
    if clock.was_moved_within(REST_SECONDS):
        return False
    silent: dict[str, str] = {}
    quiet = True
    for check in (
        partial(_read_on, database, RESERVATIONS, partial(_reservations, database, books)),
        partial(_read_on, database, PROVIDER, partial(_provider, books)),
        partial(_read_on, database, AUTHORIZATIONS, partial(_authorizations, books)),
        partial(_messages, database, books, services, silent),
    ):
        try:
            quiet = check() and quiet
        except Silent as silence:
            _note_silent(silent, silence)
    found = [Finding(rule=Rule.SILENT, subject=f"{name}_svc", detail={"why": why}) for name, why in silent.items()]
    database.write(findings.note, book=SILENCE, after=-1, last=0, found=found)
    return quiet and not silent


def _note_silent(silent: dict[str, str], silence: Silent) -> None:
    log.warning("%s", silence)
    silent[silence.service] = silence.why


def _read_on(database: Database, book: str, read: Callable[[int], Page]) -> bool:
    """
    Read the next pages of a book; after its last one, the next round of the sweep begins with the first.

    Return whether it was read from its beginning to its end, and nothing was found.
    """
    quiet = True
    for number in range(PAGES):
        after = database.read(findings.position, book=book)
        page = read(after)
        quiet = quiet and not page.found and (number > 0 or after == 0)
        ended = page.entries < PAGE
        database.write(findings.note, book=book, after=after, last=_END if ended else page.last, found=page.found)
        database.write(findings.advance, book=book, position=0 if ended else page.last, seen=page.entries, ended=ended)
        if ended:
            return quiet
    return False


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


def _messages(database: Database, books: Books, services: Sequence[str], silent: dict[str, str]) -> bool:
    """
    Look at what waits at services, and whether everybody heard what they published; who is `silent` is put there.

    Return whether there was nothing to find and nothing new.
    """
    known = database.read(_known, services=services)
    told: list[Told] = []
    for service in services:
        try:
            told.append(_told_by(books, service, *known[service], silent=silent))
        except Silent as silence:
            _note_silent(silent, silence)
    database.write(_note_messages, told=told)
    return not any(each.published or each.waiting or each.unheard for each in told)


def _known(session: Session, *, services: Iterable[str]) -> dict[str, tuple[int, list[dict[str, Any]]]]:
    """Return for each service up to which number its messages are read, and which of these were not heard."""
    by_book = {_book_of(service): service for service in services}
    positions = findings.positions(session, books=by_book)
    unheard: dict[str, list[dict[str, Any]]] = {service: [] for service in services}
    for each in findings.still_open(session, books=by_book):
        unheard[by_book[each.book]].append({**each.detail, "number": each.place})
    return {service: (positions.get(book, -1), unheard[service]) for book, service in by_book.items()}


def _told_by(
    books: Books, service: str, after: int, unheard: Sequence[Mapping[str, Any]], *, silent: dict[str, str]
) -> Told:
    # What was published before the auditor's first look may be older than its subscribers.
    stated = books.messages(service, after=max(after, 0), limit=PAGE)
    waiting = {name: stated[key] for name, key in (("unpublished", "unpublished"), ("parked", "parked"))}
    published = stated["published"] if after >= 0 else []
    found: list[Finding] | None = None
    try:
        found = list(_unheard(books, service, [*unheard, *published]))
    except Silent as silence:
        _note_silent(silent, silence)
    return Told(
        service=service,
        after=after,
        newest=stated["newest"],
        published=published,
        waiting=list(look_at_waiting(service, oldest_seconds=float(stated["oldestSeconds"]), **waiting)),
        unheard=found,
    )


def _note_messages(session: Session, *, told: Iterable[Told]) -> None:
    noted = findings.books(session)  # nothing is to be resolved in the others
    ended: list[str] = []
    for each in told:
        book, waiting = _book_of(each.service), f"waiting at {each.service}"
        if each.waiting or waiting in noted:
            findings.note(session, book=waiting, after=-1, last=0, found=each.waiting)
        if each.after < 0:
            findings.advance(session, book=book, position=each.newest, seen=0, ended=True)
            continue
        if each.unheard is None:
            continue
        last = each.published[-1]["number"] if each.published else each.after
        if each.unheard or book in noted:
            findings.note(session, book=book, after=0, last=last, found=each.unheard)
        if each.published:
            full = len(each.published) == PAGE
            findings.advance(session, book=book, position=last, seen=len(each.published), ended=not full)
        else:
            ended.append(book)
    findings.end(session, books=ended)


def _book_of(service: str) -> str:
    return f"messages of {service}"


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
