"""The end of a reservation, whatever it ends for: its seats are freed and everybody is told."""

from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from booking_svc.domain.reservations import ReservationNotFound, Status, move
from booking_svc.models import Departure, Reservation, Seat
from common import journal, outbox
from common.columns import now
from common.contracts.booking import ReservationCancelled, ReservationFailed, SeatReleased
from common.money import Money

# A seat's event says what kind of end it was; the reservation's says which.
_RELEASED_FOR = frozenset({"timeout", "internal_error", "cancelled", "departure_cancelled"})


def lock(session: Session, reservation_id: int) -> tuple[Reservation, bool]:
    """
    Return a reservation, locked until the transaction ends and as it is now, and whether its time to pay is over.

    :raises ReservationNotFound: if there is none of this id
    """
    row = session.execute(
        select(Reservation, (Reservation.pay_by <= now()).label("late"))
        .where(Reservation.id == reservation_id)
        .with_for_update(of=Reservation)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        raise ReservationNotFound(f"There is no reservation {reservation_id}.")
    return row.Reservation, bool(row.late)


def end(
    session: Session, reservation: Reservation, status: Status, *, reason: str, step: str, refund: Money | None = None
) -> None:
    """
    Free the seats of a locked reservation and tell that it is over.

    `step` is what the timeline calls it. `refund` is what goes back of the price if rules decide, and is then ordered
    payment by payment; without it everything does.

    :raises IllegalMove: if it is over already
    """
    seats = seats_of(session, reservation)
    session.execute(delete(Seat).where(Seat.reservation_id == reservation.id))
    reservation.status = move(reservation.status, status)
    reservation.failure_reason = reason
    reservation.completed_at = now()
    reservation.refund_minor = None if refund is None else refund.minor
    known = names_of(reservation)
    money = {} if refund is None else {"refund": refund.amount, "currency": refund.currency}
    journal.record(
        session,
        correlation_id=reservation.correlation_id,
        kind="step",
        name=step,
        seats=[seat.seat_number for seat, _ in seats],
        reason=reason,
        **money,
    )
    released_for = reason if reason in _RELEASED_FOR else "payment_failed"
    outbox.record(
        session,
        *(SeatReleased(**known, **seat_names(seat, departure), reason=released_for) for seat, departure in seats),
        ReservationFailed(**known, reason=reason)
        if status is Status.FAILED
        else ReservationCancelled(**known, reason=reason, **_told(reservation.price, refund)),
    )


def seats_of(session: Session, reservation: Reservation) -> list[tuple[Seat, Departure]]:
    """Return the claims of a reservation with their departures."""
    rows = session.execute(
        select(Seat, Departure)
        .join(Departure, Departure.id == Seat.departure_id)
        .where(Seat.reservation_id == reservation.id)
        .order_by(Seat.id)
    )
    return [(row.Seat, row.Departure) for row in rows]


def names_of(reservation: Reservation) -> dict[str, Any]:
    """Return the fields that every event of this reservation carries."""
    return {
        "correlation_id": reservation.correlation_id,
        "reservation_id": reservation.id,
        "locator": reservation.locator,
    }


def seat_names(seat: Seat, departure: Departure) -> dict[str, Any]:
    """Return the fields that every event of this seat carries, beside those of its reservation."""
    return {
        "seat_id": seat.id,
        "seat_number": seat.seat_number,
        "departure_id": departure.id,
        "airline": departure.airline,
        "flight_number": departure.flight_number,
    }


def _told(price: Money, refund: Money | None) -> dict[str, Any]:
    if refund is None:
        return {}
    return {
        "refund_amount": refund.amount,
        "fee_amount": (price - refund).amount,
        "currency": refund.currency,
        "refunds_ordered": True,
    }
