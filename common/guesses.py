"""Limits of guessing: how often something may be tried, counted in the database before the try is looked at."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from math import ceil

from sqlalchemy import Column, Index, Integer, MetaData, Table, case, delete, insert, select, update
from sqlalchemy.orm import Session

from common.columns import NAMES, UtcDateTime, exact, now
from common.db import Database, changed
from common.errors import TooOften

#: Belongs to the services where something can be guessed.
GUESSES = MetaData(naming_convention=NAMES)

guess = Table(
    "guess",
    GUESSES,
    Column("subject", exact(120), primary_key=True),
    Column("tries", Integer(), nullable=False),
    Column("began_at", UtcDateTime(), nullable=False),
    Index("ix_guess_began_at", "began_at"),
)

#: Longer than any limit lasts.
KEEP = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Limit:
    """At most `most` tries in `seconds`, which begin with the first of them."""

    most: int
    seconds: int


def take(database: Database, limits: Mapping[str, Limit]) -> None:
    """
    Count a try for each subject ("login:9f2c", "login-from:203.0.113.7"), in a transaction of its own.

    It is counted before anybody looks whether it is right, so that many tries at once are not one. A subject is no
    place for an e-mail address or a token: send a fingerprint.

    :raises TooOften: if a limit is passed, with the seconds until it is not
    """
    wait = database.write(_count, limits=limits)
    if wait > 0:
        raise TooOften(f"That was tried too often; try again in {wait} s.", retry_after=wait)


def give_back(session: Session, subject: str) -> None:
    """Take one try of a subject back: it was right."""
    session.execute(update(guess).where(guess.c.subject == subject, guess.c.tries > 0).values(tries=guess.c.tries - 1))


def forget(session: Session, subject: str) -> None:
    """Take all tries of a subject back."""
    session.execute(delete(guess).where(guess.c.subject == subject))


def prune(session: Session, *, keep: timedelta, limit: int) -> int:
    """Forget at most `limit` subjects whose first try is older than `keep`; return how many."""
    old = select(guess.c.subject).where(guess.c.began_at < now(seconds=-keep.total_seconds())).limit(limit)
    subjects = session.scalars(old).all()
    session.execute(delete(guess).where(guess.c.subject.in_(subjects)))
    return len(subjects)


def _count(session: Session, *, limits: Mapping[str, Limit]) -> int:
    """Count a try of each subject; return for how many seconds the strictest limit says no, 0 if none does."""
    # In one order everywhere, so that two requests cannot wait for each other's rows.
    return max(_count_one(session, subject, limits[subject]) for subject in sorted(limits))


def _count_one(session: Session, subject: str, limit: Limit) -> int:
    over = guess.c.began_at < now(seconds=-limit.seconds)
    counted = (
        update(guess)
        .where(guess.c.subject == subject)
        # MariaDB assigns from left to right: the time must change last, or the count would see the new one.
        .ordered_values(
            (guess.c.tries, case((over, 1), else_=guess.c.tries + 1)),
            (guess.c.began_at, case((over, now()), else_=guess.c.began_at)),
        )
    )
    if changed(session, counted) == 0:
        session.execute(insert(guess).values(subject=subject, tries=1, began_at=now()))
        return 0 if limit.most > 0 else limit.seconds
    found = select(guess.c.tries, guess.c.began_at, now()).where(guess.c.subject == subject)
    tries, began_at, at = session.execute(found).one()
    return 0 if tries <= limit.most else max(1, ceil(limit.seconds - (at - began_at).total_seconds()))
