"""Bringing a reservation to its end: confirmed when its price is authorized, failed when it cannot be."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from booking_svc.domain.reservations import ReservationNotFound, SeatState, Status, move
from booking_svc.models import Departure, Reservation, Seat, SeenPayment
from common import journal, outbox, saga
from common.columns import now
from common.contracts.booking import (
    ReservationCancelled,
    ReservationConfirmed,
    ReservationConfirmRequested,
    ReservationFailed,
    SeatHeld,
    SeatReleased,
    SeatsReleaseRequested,
)
from common.contracts.payment import PaymentAuthorized, PaymentFailed
from common.money import Money
from common.saga import Order, StepRefused


def confirm(session: Session, command: ReservationConfirmRequested, *, answers: Iterable[dict[str, Any]]) -> str:
    """
    Confirm a reservation whose price the `answers` of its payments cover; return what it is then.

    Answers are `{part, authId, status, amountMinor}`. While a payment is still open (an invoice nobody has paid yet)
    the reservation stays pending and the saga rests until a PaymentAuthorized, or its deadline.

    :raises ReservationNotFound: if there is none of this id
    :raises StepRefused: if its time is up or it is on its way back
    """
    reservation, late = _lock(session, command.reservation_id)
    journal.record_command(session, command)
    for answer in answers:
        _note(
            reservation,
            part=answer["part"],
            auth_id=answer["authId"],
            status=answer["status"],
            amount_minor=answer["amountMinor"],
        )
    if reservation.status is Status.PENDING and not _settle(session, reservation, late=late):
        if late:
            raise StepRefused("timeout")
        saga.rest(session, saga=reservation.saga, subject_id=reservation.id)
    return reservation.status


def note_authorized(session: Session, event: PaymentAuthorized) -> None:
    """Remember that a payment is authorized; confirm the reservation if its price is covered and its time is not up."""
    reservation, late = _lock(session, event.reservation_id)
    _note(
        reservation,
        part=event.part,
        auth_id=event.auth_id,
        status="authorized",
        amount_minor=Money.of(event.amount, event.currency).minor,
    )
    if reservation.status is Status.PENDING:
        _settle(session, reservation, late=late)


def note_payment_failed(session: Session, event: PaymentFailed) -> None:
    """
    Remember that a payment failed, and why.

    A saga that pays now is turned back by its error callback; a hold goes on, and may be paid another way. A
    reservation that is confirmed already loses its seats if its price is no longer covered: its money was let go
    before it could be captured. News of a payment that never counted changes nothing, however late they come.
    """
    reservation, _ = _lock(session, event.reservation_id)
    _note(
        reservation,
        part=event.part,
        auth_id=event.auth_id,
        status="failed",
        amount_minor=Money.of(event.amount, event.currency).minor,
        reason=event.reason,
    )
    if reservation.status is Status.CONFIRMED and _covered(reservation) < reservation.price_minor:
        _end(session, reservation, Status.CANCELLED, reason="payment_failed", step="cancel reservation")


def begin_rewind(session: Session, *, run_id: int, reason: str | None) -> Order | None:
    """Turn a saga round; without a `reason` from the failed step, take the one its payment told by event."""
    known = session.execute(select(saga.saga_run).where(saga.saga_run.c.id == run_id)).one_or_none()
    if known is None:
        return None
    by_event = select(SeenPayment.reason).where(
        SeenPayment.reservation_id == known.subject_id, SeenPayment.status == "failed"
    )
    told = reason or session.scalar(by_event) or "payment_failed"
    return saga.turn_back(session, run_id=run_id, reason=told)


def release_seats(session: Session, command: SeatsReleaseRequested) -> None:
    """
    Free what a reservation holds and fail it, with the reason its saga turned back for.

    Does nothing when the saga is not on its way back: a reservation that was confirmed keeps its seats.

    :raises ReservationNotFound: if there is none of this id
    """
    reservation, _ = _lock(session, command.reservation_id)
    journal.record_command(session, command)
    reason = saga.close(session, saga=reservation.saga, subject_id=reservation.id)
    if reason is None:
        return
    _end(session, reservation, Status.FAILED, reason=reason, step="release seats")


def _settle(session: Session, reservation: Reservation, *, late: bool) -> bool:
    """The pivot: confirm if the price is covered, the time is not up and the saga is not on its way back."""
    if late or _covered(reservation) < reservation.price_minor:
        return False
    if not saga.finish(session, saga=reservation.saga, subject_id=reservation.id):
        return False
    reservation.status = move(reservation.status, Status.CONFIRMED)
    reservation.completed_at = now()
    session.execute(update(Seat).where(Seat.reservation_id == reservation.id).values(state=SeatState.HELD))
    known = _names(reservation)
    seats = _seats(session, reservation)
    journal.record(session, correlation_id=reservation.correlation_id, kind="step", name="confirm reservation")
    outbox.record(
        session,
        ReservationConfirmed(**known),
        *(SeatHeld(**known, **_seat_names(seat, departure)) for seat, departure in seats),
    )
    return True


def _covered(reservation: Reservation) -> int:
    return sum(payment.amount_minor for payment in reservation.payments if payment.status == "authorized")


def _end(session: Session, reservation: Reservation, status: Status, *, reason: str, step: str) -> None:
    """Free the seats and tell that the reservation is over."""
    seats = _seats(session, reservation)
    session.execute(delete(Seat).where(Seat.reservation_id == reservation.id))
    reservation.status = move(reservation.status, status)
    reservation.failure_reason = reason
    reservation.completed_at = now()
    known = _names(reservation)
    journal.record(
        session,
        correlation_id=reservation.correlation_id,
        kind="step",
        name=step,
        seats=[seat.seat_number for seat, _ in seats],
        reason=reason,
    )
    over = ReservationFailed if status is Status.FAILED else ReservationCancelled
    outbox.record(
        session,
        *(
            SeatReleased(**known, **_seat_names(seat, departure), reason=_released_for(reason))
            for seat, departure in seats
        ),
        over(**known, reason=reason),
    )


def _lock(session: Session, reservation_id: int) -> tuple[Reservation, bool]:
    row = session.execute(
        select(Reservation, (Reservation.pay_by <= now()).label("late"))
        .where(Reservation.id == reservation_id)
        .with_for_update(of=Reservation)
    ).one_or_none()
    if row is None:
        raise ReservationNotFound(f"There is no reservation {reservation_id}.")
    return row.Reservation, bool(row.late)


def _note(
    reservation: Reservation, *, part: int, auth_id: str, status: str, amount_minor: int, reason: str | None = None
) -> None:
    seen = next((payment for payment in reservation.payments if payment.part == part), None)
    if seen is None:
        seen = SeenPayment(part=part)
        reservation.payments.append(seen)
    elif status == "open":
        return  # an answer that was overtaken by the event it waited for
    seen.auth_id, seen.status, seen.amount_minor, seen.reason = auth_id, status, amount_minor, reason


def _seats(session: Session, reservation: Reservation) -> list[tuple[Seat, Departure]]:
    rows = session.execute(
        select(Seat, Departure)
        .join(Departure, Departure.id == Seat.departure_id)
        .where(Seat.reservation_id == reservation.id)
        .order_by(Seat.id)
    )
    return [(row.Seat, row.Departure) for row in rows]


def _names(reservation: Reservation) -> dict[str, Any]:
    return {
        "correlation_id": reservation.correlation_id,
        "reservation_id": reservation.id,
        "locator": reservation.locator,
    }


def _seat_names(seat: Seat, departure: Departure) -> dict[str, Any]:
    return {
        "seat_id": seat.id,
        "seat_number": seat.seat_number,
        "departure_id": departure.id,
        "airline": departure.airline,
        "flight_number": departure.flight_number,
    }


def _released_for(reason: str) -> str:
    """A seat's event says what kind of trouble it was; the reservation's says which."""
    return reason if reason in {"timeout", "internal_error"} else "payment_failed"
