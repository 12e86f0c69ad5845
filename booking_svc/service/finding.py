"""Listing reservations."""

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from booking_svc.models import Reservation
from booking_svc.service.access import theirs
from common.auth import Caller


def listing(
    session: Session,
    *,
    caller: Caller,
    first: int,
    count: int,
    status: str | None = None,
    reservation_id: int | None = None,
    correlation_id: UUID | None = None,
    email: str | None = None,
    mine: bool = False,
) -> tuple[list[Reservation], int]:
    """
    Return `count` of a caller's reservations from place `first` on, newest first, and how many there are in all.

    Each filter that is given narrows them down; an address is found as it is given, and in small letters. With `mine`
    they are those that the caller booked, also to who sees more.
    """
    filters = (
        (Reservation.status, status),
        (Reservation.id, reservation_id),
        (Reservation.correlation_id, correlation_id),
    )
    wanted = [theirs(caller), *(column == value for column, value in filters if value is not None)]
    if email is not None:
        # Not lower() of the column, which no index serves.
        wanted.append(Reservation.contact_email.in_({email, email.lower()}))
    if mine:
        wanted.append(Reservation.owner == caller.name)
    total = session.scalar(select(func.count()).select_from(Reservation).where(*wanted)) or 0
    rows = session.scalars(
        select(Reservation).where(*wanted).order_by(Reservation.id.desc()).offset(first).limit(count)
    )
    return list(rows), total
