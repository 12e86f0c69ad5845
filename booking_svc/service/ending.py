"""The end of a reservation, whatever it ends for: its seats are freed and everybody is told."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session, lazyload

from booking_svc.domain.reservations import ReservationNotFound, Status, move
from booking_svc.models import Departure, Reservation, Seat
from common import journal, outbox
from common.columns import now
from common.contracts.booking import ReservationCancelled, ReservationFailed, SeatReleased
from common.money import Money

# A seat's event says what kind of end it was; the reservation's says which.
_RELEASED_FOR = frozenset({"timeout", "internal_error", "cancelled", "departure_cancelled"})

# Most of what is done to a locked reservation asks only what was paid.
_READ_WHEN_TOUCHED = [lazyload(each) for each in (Reservation.passengers, Reservation.coupons, Reservation.refunds)]


def lock(session: Session, reservation_id: int) -> tuple[Reservation, bool]:
    """
    Return a reservation, locked until the transaction ends and as it is now, and whether its time to pay is over.

    :raises ReservationNotFound: if there is none of this id
    """
    return lock_all(session, [reservation_id])[reservation_id]


def lock_all(session: Session, reservation_ids: Collection[int]) -> dict[int, tuple[Reservation, bool]]:
    """
    Return reservations by their ids, as `lock` does.

    :raises ReservationNotFound: if there is none of one of these ids
    """
    rows = session.execute(
        select(Reservation, (Reservation.pay_by <= now()).label("late"))
        .where(Reservation.id.in_(reservation_ids))
        # In one order, so that two who want the same ones do not lock each other out.
        .order_by(Reservation.id)
        .with_for_update(of=Reservation)
        .options(*_READ_WHEN_TOUCHED)
        .execution_options(populate_existing=True)
    )
    found = {row.Reservation.id: (row.Reservation, bool(row.late)) for row in rows}
    for missing in set(reservation_ids) - found.keys():
        raise ReservationNotFound(f"There is no reservation {missing}.")
    return found


def end(
    session: Session, reservation: Reservation, status: Status, *, reason: str, step: str, refund: Money | None = None
) -> None:
    """
    Free the seats of a locked reservation and tell that it is over.

    `step` is what the timeline calls it. `refund` is what goes back of the price if rules decide, and is then ordered
    payment by payment; without it everything does.

    :raises IllegalMove: if it is over already
    """
    seats = seats_of(session, [reservation.id])[reservation.id]
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
        seats=[seat["seat_number"] for seat in seats],
        reason=reason,
        **money,
    )
    released_for = reason if reason in _RELEASED_FOR else "payment_failed"
    outbox.record(
        session,
        *(SeatReleased(**known, **seat, reason=released_for) for seat in seats),
        ReservationFailed(**known, reason=reason)
        if status is Status.FAILED
        else ReservationCancelled(**known, reason=reason, **_told(reservation.price, refund)),
    )


def seats_of(session: Session, reservation_ids: Collection[int]) -> Mapping[int, Sequence[dict[str, Any]]]:
    """Return for each reservation, for each of its seats, the fields that every event of the seat carries."""
    rows = session.execute(
        select(
            Seat.reservation_id,
            Seat.id.label("seat_id"),
            Seat.seat_number,
            Seat.departure_id,
            Departure.airline,
            Departure.flight_number,
        )
        .join(Departure, Departure.id == Seat.departure_id)
        .where(Seat.reservation_id.in_(reservation_ids))
        .order_by(Seat.id)
    )
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in rows.mappings():
        found[row["reservation_id"]].append({name: row[name] for name in row if name != "reservation_id"})
    return found


def names_of(reservation: Reservation) -> dict[str, Any]:
    """Return the fields that every event of this reservation carries."""
    return {
        "correlation_id": reservation.correlation_id,
        "reservation_id": reservation.id,
        "locator": reservation.locator,
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
