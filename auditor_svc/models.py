"""Tables of auditor_svc: findings, how far each book is read, and what events told of reservations."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Index, MetaData, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from auditor_svc.domain import Rule
from common.columns import NAMES, BigId, UtcDateTime, Word, exact
from common.db import Database

database = Database("auditor")


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMES)


class SeenFinding(Base):
    """One finding from its first sight to its end; one that comes back is opened again."""

    __tablename__ = "finding"
    __table_args__ = (Index("ix_finding_book_place", "book", "place"),)

    rule: Mapped[Rule] = mapped_column(Word(Rule), primary_key=True)
    subject: Mapped[str] = mapped_column(exact(80), primary_key=True)
    #: Where it was found, and its number there: a page that is read again decides on those it covers.
    book: Mapped[str] = mapped_column(String(40))
    place: Mapped[int] = mapped_column(BigInteger)
    detail: Mapped[dict[str, Any]] = mapped_column(JSON())
    first_seen_at: Mapped[datetime] = mapped_column(UtcDateTime())
    last_seen_at: Mapped[datetime] = mapped_column(UtcDateTime())
    #: A first sight may be a book that was read while it was written; the second one counts.
    sightings: Mapped[int]
    resolved_at: Mapped[datetime | None] = mapped_column(UtcDateTime())


class Reading(Base):
    """How far a book is read, and when it was last read to its end."""

    __tablename__ = "reading"

    book: Mapped[str] = mapped_column(String(40), primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger)
    #: Entries seen in the round that runs, and in the one before.
    seen: Mapped[int]
    seen_before: Mapped[int]
    began_at: Mapped[datetime] = mapped_column(UtcDateTime())
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime())


class ToldReservation(Base):
    """The status of a reservation, as its newest event told it."""

    __tablename__ = "told_reservation"

    reservation_id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    status: Mapped[str] = mapped_column(String(12))
    #: When that was true; an older event changes nothing.
    as_of: Mapped[datetime] = mapped_column(UtcDateTime())
