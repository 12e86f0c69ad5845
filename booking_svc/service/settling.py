"""Bringing a reservation to its end: confirmed when its price is authorized, failed when it cannot be."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from booking_svc.domain.reservations import SeatState, Status, move
from booking_svc.models import Reservation, Seat, SeenPayment, SeenRefund
from booking_svc.service import cancelling, ending, striking
from common import journal, outbox, saga
from common.columns import now
from common.contracts.booking import (
    ReservationConfirmed,
    ReservationConfirmRequested,
    SeatHeld,
    SeatsReleaseRequested,
)
from common.contracts.payment import PaymentAuthorized, PaymentFailed, PaymentVoided, RefundIssued
from common.money import Money
from common.saga import Order, StepRefused

# What a payment comes to that was authorized; news of its authorization that come later change nothing.
_OVER = frozenset({"failed", "voided"})


def confirm(session: Session, command: ReservationConfirmRequested, *, answers: Iterable[dict[str, Any]]) -> str:
    """
    Confirm a reservation whose price the `answers` of its payments cover; return what it is then.

    Answers are `{part, authId, status, amountMinor}`. While a payment is still open (an invoice nobody has paid yet)
    the reservation stays pending and the saga rests until a PaymentAuthorized, or its deadline.

    :raises ReservationNotFound: if there is none of this id
    :raises StepRefused: if its time is up or it is on its way back
    """
    reservation, late = ending.lock(session, command.reservation_id)
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
    reservation, late = ending.lock(session, event.reservation_id)
    _note(
        reservation,
        part=event.part,
        auth_id=event.auth_id,
        status="authorized",
        amount_minor=Money.of(event.amount, event.currency).minor,
    )
    if reservation.status is not Status.PENDING:
        return
    if striking.confirms_by_command(session, reservation):
        # The switch strikes a command: this one is sent by the saga, or by its sweep when it has rested until now.
        if not late and _covered(reservation) >= reservation.price_minor:
            saga.wake(session, saga=reservation.saga, subject_id=reservation.id)
        return
    _settle(session, reservation, late=late)


def note_payment_failed(session: Session, event: PaymentFailed) -> None:
    """
    Remember that a payment failed, and why.

    A saga that pays now is turned back by its error callback; a hold goes on, and may be paid another way. A
    reservation that is confirmed already loses its seats if its price is no longer covered: its money was let go
    before it could be captured. News of a payment that never counted changes nothing, however late they come.
    """
    reservation, _ = ending.lock(session, event.reservation_id)
    _note(
        reservation,
        part=event.part,
        auth_id=event.auth_id,
        status="failed",
        amount_minor=Money.of(event.amount, event.currency).minor,
        reason=event.reason,
    )
    if reservation.status is Status.CANCELLED:
        cancelling.note_never_taken(session, reservation, part=event.part)
    if reservation.status is Status.CONFIRMED and _covered(reservation) < reservation.price_minor:
        ending.end(session, reservation, Status.CANCELLED, reason="payment_failed", step="cancel reservation")


def note_voided(session: Session, event: PaymentVoided) -> None:
    """Remember that what a payment set aside is the payer's again."""
    reservation, _ = ending.lock(session, event.reservation_id)
    _note(
        reservation,
        part=event.part,
        auth_id=event.auth_id,
        status="voided",
        amount_minor=Money.of(event.amount, event.currency).minor,
        reason=event.reason,
    )


def note_refunded(session: Session, event: RefundIssued) -> None:
    """Remember that money went back."""
    reservation, _ = ending.lock(session, event.reservation_id)
    reservation.refunds.append(
        SeenRefund(
            event_id=event.event_id,
            part=event.part,
            auth_id=event.auth_id,
            amount_minor=Money.of(event.amount, event.currency).minor,
            currency=event.currency,
            reason=event.reason,
            issued_at=event.occurred_at or now(),
        )
    )


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
    reservation, _ = ending.lock(session, command.reservation_id)
    journal.record_command(session, command)
    reason = saga.close(session, saga=reservation.saga, subject_id=reservation.id)
    if reason is None:
        return
    ending.end(session, reservation, Status.FAILED, reason=reason, step="release seats")


def _settle(session: Session, reservation: Reservation, *, late: bool) -> bool:
    """The pivot: confirm if the price is covered, the time is not up and the saga is not on its way back."""
    if late or _covered(reservation) < reservation.price_minor:
        return False
    if not saga.finish(session, saga=reservation.saga, subject_id=reservation.id):
        return False
    reservation.status = move(reservation.status, Status.CONFIRMED)
    reservation.completed_at = now()
    session.execute(update(Seat).where(Seat.reservation_id == reservation.id).values(state=SeatState.HELD))
    known = ending.names_of(reservation)
    seats = ending.seats_of(session, reservation)
    journal.record(session, correlation_id=reservation.correlation_id, kind="step", name="confirm reservation")
    outbox.record(
        session,
        ReservationConfirmed(**known),
        *(SeatHeld(**known, **ending.seat_names(seat, departure)) for seat, departure in seats),
    )
    return True


def _covered(reservation: Reservation) -> int:
    return sum(payment.amount_minor for payment in reservation.payments if payment.status == "authorized")


def _note(
    reservation: Reservation, *, part: int, auth_id: str, status: str, amount_minor: int, reason: str | None = None
) -> None:
    seen = next((payment for payment in reservation.payments if payment.part == part), None)
    if seen is None:
        seen = SeenPayment(part=part)
        reservation.payments.append(seen)
    elif status == "open" or (status == "authorized" and seen.status in _OVER):
        return  # overtaken by the event it waited for, or by the payment's end
    if seen.status != status:
        seen.heard_at = now()
    seen.auth_id, seen.status, seen.amount_minor, seen.reason = auth_id, status, amount_minor, reason
