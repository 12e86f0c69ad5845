"""Looking up reservations."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from booking_svc.domain.reservations import ReservationNotFound
from booking_svc.models import Reservation


def find(session: Session, *, locator: str) -> Reservation:
    """
    Return a reservation by its locator.

    :raises ReservationNotFound: if there is none
    """
    found = session.scalar(select(Reservation).where(Reservation.locator == locator))
    if found is None:
        raise ReservationNotFound("There is no such reservation, or it is not yours.")
    return found


def listing(session: Session, *, status: str | None, first: int, count: int) -> tuple[list[Reservation], int]:
    """Return `count` reservations from place `first` on, newest first, and how many there are in all."""
    wanted = [Reservation.status == status] if status else []
    total = session.scalar(select(func.count()).select_from(Reservation).where(*wanted)) or 0
    rows = session.scalars(
        select(Reservation).where(*wanted).order_by(Reservation.id.desc()).offset(first).limit(count)
    )
    return list(rows), total
