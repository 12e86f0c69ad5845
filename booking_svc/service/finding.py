"""Listing reservations."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from booking_svc.models import Reservation
from booking_svc.service.access import theirs
from common.auth import Caller


def listing(
    session: Session, *, caller: Caller, status: str | None, first: int, count: int
) -> tuple[list[Reservation], int]:
    """Return `count` of a caller's reservations from place `first` on, newest first, and how many there are in all."""
    wanted = [theirs(caller), *([Reservation.status == status] if status else [])]
    total = session.scalar(select(func.count()).select_from(Reservation).where(*wanted)) or 0
    rows = session.scalars(
        select(Reservation).where(*wanted).order_by(Reservation.id.desc()).offset(first).limit(count)
    )
    return list(rows), total
