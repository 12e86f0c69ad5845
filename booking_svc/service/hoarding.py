"""Seat spinning: seats of a departure held again and again, and never paid; nobody gets more than a party's worth."""

from collections.abc import Mapping

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from booking_svc.domain.reservations import SeatState, TooManyHeld
from booking_svc.models import Departure, Reservation, Seat


def refuse_hoarding(
    session: Session, *, seats: Mapping[int, int], owner: str | None, email: str, most: int, hold_seconds: int
) -> None:
    """
    Return if whoever asks may hold so many more `seats` of each departure without having paid.

    Who that is, tells the log-in, and for guests the contact.

    :raises TooManyHeld: if it would be more than `most` of one departure
    """
    mine = Reservation.owner == owner if owner else Reservation.owner.is_(None) & (Reservation.contact_email == email)
    # In one order, so that two who want the same departures do not lock each other out.
    for departure_id, asked in sorted(seats.items()):
        # One holder of a departure after the other: two at once would both find that there is room for one.
        session.execute(select(Departure.id).where(Departure.id == departure_id).with_for_update())
        held = session.scalar(
            select(func.count())
            .select_from(Seat)
            .join(Reservation, Reservation.id == Seat.reservation_id)
            .where(
                Seat.departure_id == departure_id,
                Seat.state == SeatState.TENTATIVE,
                Reservation.saga == "hold",
                mine,
            )
        )
        if (held or 0) + asked > most:
            raise TooManyHeld(
                f"You hold {held} seats of departure {departure_id} that are not paid; {most} are the most. Pay or "
                "cancel them, or wait until they are free again.",
                retry_after=hold_seconds,
                departureId=departure_id,
            )
