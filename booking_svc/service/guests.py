"""
Guests, who have no account and no access token at hand: a code is mailed to the contact, and opens the reservation.

Nothing that a stranger can see or measure depends on whether a reservation exists: asking for a code only writes that
somebody asked, and a sweep looks whether it fits.
"""

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from booking_svc.domain import access_codes
from booking_svc.domain.access_codes import (
    MOST_AN_HOUR,
    MOST_OF_ADDRESS,
    MOST_OF_LOCATOR,
    MOST_TRIES,
    NO_CODE,
    VALID_SECONDS,
    WINDOW_SECONDS,
)
from booking_svc.domain.reservations import LOCATOR_LENGTH, ReservationNotFound
from booking_svc.models import AccessAttempt, AccessCode, CodeRequest, Reservation
from common.auth import access_token
from common.columns import now
from common.contracts.notification import AccessCodeMailRequested
from common.db import Database
from common.errors import TooOften

# How many requests for a code one round of the sweep looks at, and how long they are its own; longer than that takes.
BATCH, LOOKING_SECONDS = 50, 30.0
#: Has a row while there is a request to be looked at.
ASKED = select(CodeRequest.id).where(CodeRequest.due_at <= now()).limit(1)


def ask_for_code(database: Database, *, locator: str, last_name: str, address: str, correlation_id: UUID) -> None:
    """
    Note that somebody asked for a code; `mail_codes` looks whether it fits.

    :raises TooOften: if this address asked too often
    """
    known = locator[:LOCATOR_LENGTH]
    database.write(_note, door="code", locator=known, address=address)
    database.read(_limit, door="code", locator=None, address=address)

    def note_request(session: Session) -> None:
        asked = CodeRequest(
            locator=known, last_name=last_name, correlation_id=correlation_id, asked_at=now(), due_at=now()
        )
        session.add(asked)

    database.write(note_request)


def mail_codes(database: Database, send: Callable[[AccessCodeMailRequested], None]) -> None:
    """
    Look at the requests for codes, and have one mailed for each that fits a reservation and its limit.

    Two sweeps at once share the requests: a guest who gets two codes could use the newer one only.
    """
    left = database.write(_take_up_requests)
    try:
        while left:
            command = database.write(_make_code, request_id=left[0])
            if command is not None:
                send(command)
            # Last: who dies before leaves the request, and a later round makes a new code and mails that.
            database.write(_forget_request, request_id=left[0])
            left.pop(0)
    finally:
        if left:
            database.write(_give_back, request_ids=left)


def open_by_code(database: Database, *, locator: str, last_name: str, code: str, address: str) -> str:
    """
    Return the access token of a reservation to who knows a passenger's last name and the code that was mailed.

    :raises ReservationNotFound: if there is none, or name and code do not fit, or the code is void
    :raises TooOften: if this reservation or this address was tried too often
    """
    known = locator[:LOCATOR_LENGTH]
    # Noted and counted before anything is looked at, so that many guesses at once count one by one.
    database.write(_note, door="access", locator=known, address=address)
    database.read(_limit, door="access", locator=known, address=address)
    opened = database.write(_try, locator=locator, last_name=last_name, code=code)
    if opened is None:
        raise ReservationNotFound("There is no such reservation, or name and code do not fit, or the code is over.")
    return access_token(locator=opened.locator, reservation_id=opened.id)


def prune(session: Session, *, keep: timedelta, limit: int) -> int:
    """Forget at most `limit` attempts, and codes, older than `keep`; return how many attempts."""
    past = now(seconds=-keep.total_seconds())
    session.execute(delete(AccessCode).where(AccessCode.created_at < past))
    old = list(session.scalars(select(AccessAttempt.id).where(AccessAttempt.at < past).limit(limit)))
    session.execute(delete(AccessAttempt).where(AccessAttempt.id.in_(old)))
    return len(old)


def _take_up_requests(session: Session) -> list[int]:
    due = select(CodeRequest.id).where(CodeRequest.due_at <= now()).order_by(CodeRequest.due_at).limit(BATCH)
    found = list(session.scalars(due.with_for_update(skip_locked=True)))
    later = update(CodeRequest).where(CodeRequest.id.in_(found)).values(due_at=now(seconds=LOOKING_SECONDS))
    session.execute(later.execution_options(synchronize_session=False))
    return found


def _give_back(session: Session, *, request_ids: list[int]) -> None:
    again = update(CodeRequest).where(CodeRequest.id.in_(request_ids)).values(due_at=now())
    session.execute(again.execution_options(synchronize_session=False))


def _forget_request(session: Session, *, request_id: int) -> None:
    session.execute(delete(CodeRequest).where(CodeRequest.id == request_id))


def _make_code(session: Session, *, request_id: int) -> AccessCodeMailRequested | None:
    """Make the code that a request is for, in place of an older one; None if it fits nothing, or too many were made."""
    asked = session.get(CodeRequest, request_id)
    if asked is None:
        return None  # another sweep has done it
    reservation = session.scalar(select(Reservation).where(Reservation.locator == asked.locator).with_for_update())
    if reservation is None or not _fits(reservation, asked.last_name):
        return None
    of_it = AccessCode.reservation_id == reservation.id
    made = session.scalar(select(func.count()).where(of_it, AccessCode.created_at > now(seconds=-3600))) or 0
    if made >= MOST_AN_HOUR:
        return None
    code = access_codes.new_code()
    session.execute(update(AccessCode).where(of_it).values(used=True))
    row = AccessCode(
        reservation_id=reservation.id,
        digest=access_codes.digest(code),
        tries=0,
        used=False,
        created_at=now(),
        expires_at=now(seconds=VALID_SECONDS),
    )
    session.add(row)
    session.flush()
    session.refresh(row)  # for the times the database set
    return AccessCodeMailRequested(
        correlation_id=asked.correlation_id,
        reservation_id=reservation.id,
        locator=reservation.locator,
        email=reservation.contact_email,
        language=reservation.contact_language,
        code=code,
        expires_at=row.expires_at,
    )


def _forget(session: Session, *, request_id: int) -> None:
    session.execute(delete(CodeRequest).where(CodeRequest.id == request_id))


def _try(session: Session, *, locator: str, last_name: str, code: str) -> Reservation | None:
    """Return the reservation that name and code open; a try counts, whatever it ends in."""
    good = (AccessCode.used.is_(False), AccessCode.expires_at > now(), AccessCode.tries < MOST_TRIES)
    row = session.execute(
        select(AccessCode, Reservation)
        .join(Reservation, Reservation.id == AccessCode.reservation_id)
        .where(Reservation.locator == locator, *good)
        .with_for_update()
    ).one_or_none()
    right = access_codes.fits(NO_CODE if row is None else row.AccessCode.digest, code)
    if row is None:
        return None
    row.AccessCode.tries += 1
    if not (right and _fits(row.Reservation, last_name)):
        return None
    row.AccessCode.used = True
    found: Reservation = row.Reservation
    return found


def _fits(reservation: Reservation, last_name: str) -> bool:
    return any(access_codes.is_same_name(person.last_name, last_name) for person in reservation.passengers)


def _note(session: Session, *, door: str, locator: str, address: str) -> None:
    session.add(AccessAttempt(door=door, locator=locator, address=address, at=now()))


def _limit(session: Session, *, door: str, locator: str | None, address: str) -> None:
    """
    Return if neither this reservation nor this address was tried too often of late.

    :raises TooOften: if one was
    """
    limits = [(AccessAttempt.address == address, MOST_OF_ADDRESS)]
    if locator is not None:
        limits.append((AccessAttempt.locator == locator, MOST_OF_LOCATOR))
    for whose, most in limits:
        times = session.execute(
            select(func.count(), func.min(AccessAttempt.at), now()).where(
                whose, AccessAttempt.door == door, AccessAttempt.at > now(seconds=-WINDOW_SECONDS)
            )
        ).one()
        if times[0] > most:
            wait = WINDOW_SECONDS - (_utc(times[2]) - _utc(times[1])).total_seconds()
            raise TooOften("This was tried too often; try again later.", retry_after=max(1, math.ceil(wait)))


def _utc(moment: datetime | str) -> datetime:
    # SQLite tells the result of min() and of its clock as the text that it keeps.
    read = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return read.replace(tzinfo=UTC)
