"""Keeping findings: seen once, seen again, gone."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from auditor_svc.domain import Finding, Rule
from auditor_svc.models import Reading, SeenFinding
from common.columns import now

#: How often something must be seen to be a finding: a page may be read while it is written.
COUNTS_FROM = 2
# Two rounds at the same moment have seen it once.
_APART_SECONDS = 3.0


def note(session: Session, *, book: str, after: int, last: int, found: Iterable[Finding]) -> None:
    """Write what was `found` in a book between two numbers, `after` excluded; what is no longer there is resolved."""
    seen = {(finding.rule, finding.subject): finding for finding in found}
    known = session.execute(
        select(SeenFinding, SeenFinding.last_seen_at < now(seconds=-_APART_SECONDS)).where(
            SeenFinding.book == book, SeenFinding.place > after, SeenFinding.place <= last
        )
    ).all()
    for each, apart in known:
        finding = seen.pop((each.rule, each.subject), None)
        if finding is None:
            each.resolved_at = each.resolved_at or now()
            continue
        if each.resolved_at is not None:
            each.resolved_at, each.first_seen_at, each.last_seen_at, each.sightings = None, now(), now(), 1
        elif apart:
            each.sightings, each.last_seen_at = each.sightings + 1, now()
        each.detail = dict(finding.detail)
    for finding in seen.values():
        session.merge(
            SeenFinding(
                rule=finding.rule,
                subject=finding.subject,
                book=book,
                place=finding.place,
                detail=dict(finding.detail),
                first_seen_at=now(),
                last_seen_at=now(),
                sightings=1,
                resolved_at=None,
            )
        )


def still_open(session: Session, *, books: Iterable[str]) -> Sequence[SeenFinding]:
    """Return what is open in some books, seen twice or only once."""
    wanted = select(SeenFinding).where(SeenFinding.book.in_(list(books)), SeenFinding.resolved_at.is_(None))
    return session.scalars(wanted.order_by(SeenFinding.book, SeenFinding.place)).all()


def books(session: Session) -> set[str]:
    """Return the books in which something was ever found, as far as that is still kept."""
    return set(session.scalars(select(SeenFinding.book).distinct()))


def listing(session: Session, *, also_resolved: bool, count: int) -> Sequence[SeenFinding]:
    """Return at most `count` findings, the newest first."""
    wanted = select(SeenFinding).where(SeenFinding.sightings >= COUNTS_FROM)
    if not also_resolved:
        wanted = wanted.where(SeenFinding.resolved_at.is_(None))
    return session.scalars(wanted.order_by(SeenFinding.first_seen_at.desc()).limit(count)).all()


def count_open(session: Session) -> dict[Rule, int]:
    """Return how many findings each rule has open, also where that is none."""
    rows = session.execute(
        select(SeenFinding.rule, func.count())
        .where(SeenFinding.resolved_at.is_(None), SeenFinding.sightings >= COUNTS_FROM)
        .group_by(SeenFinding.rule)
    )
    return dict.fromkeys(Rule, 0) | {row[0]: row[1] for row in rows}


def positions(session: Session, *, books: Iterable[str]) -> dict[str, int]:
    """Return the numbers up to which some books are read; those that never were are missing."""
    rows = session.execute(select(Reading.book, Reading.position).where(Reading.book.in_(list(books))))
    return {row.book: row.position for row in rows}


def position(session: Session, *, book: str) -> int:
    """Return the number up to which a book is read."""
    return positions(session, books=[book]).get(book, 0)


def advance(session: Session, *, book: str, position: int, seen: int, ended: bool) -> None:
    """Remember how far a book is read; at its end the next round begins with its first page."""
    reading = session.get(Reading, book)
    if reading is None:
        reading = Reading(book=book, position=0, seen=0, seen_before=0, began_at=now(), ended_at=None)
        session.add(reading)
    reading.position, reading.seen = position, reading.seen + seen
    if ended:
        session.flush()
        end(session, books=[book])


def end(session: Session, *, books: Iterable[str]) -> None:
    """Remember that some books were read to their ends."""
    session.execute(
        update(Reading)
        .where(Reading.book.in_(list(books)))
        .values(seen_before=Reading.seen, seen=0, began_at=now(), ended_at=now())
    )


def readings(session: Session) -> list[dict[str, Any]]:
    """Return for each book how far it is read, how many entries a whole round has, and how old the last round is."""
    rows = session.execute(select(Reading, now().label("at")).order_by(Reading.book))
    return [
        {
            "book": reading.book,
            "position": reading.position,
            "entries": max(reading.seen_before, reading.seen),
            "ended_at": reading.ended_at,
            "age_seconds": None if reading.ended_at is None else (at - reading.ended_at).total_seconds(),
        }
        for reading, at in rows
    ]


def prune(session: Session, *, keep: timedelta, limit: int) -> int:
    """Delete at most `limit` findings that were resolved longer than `keep` ago; return how many."""
    old = select(SeenFinding).where(SeenFinding.resolved_at < now(seconds=-keep.total_seconds())).limit(limit)
    gone = session.scalars(old).all()
    for each in gone:
        session.delete(each)
    return len(gone)
