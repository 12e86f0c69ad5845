"""Bringing a reservation to its end: confirmed when its price is authorized, failed when it cannot be."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from booking_svc.domain.reservations import SeatState, Status, move
from booking_svc.models import Reservation, Seat, SeenPayment, SeenRefund
from booking_svc.service import cancelling, ending, striking
from common import journal, outbox, saga
from common.applying import whole_batches
from common.columns import now
from common.contracts.booking import (
    ReservationConfirmed,
    ReservationConfirmRequested,
    SeatHeld,
    SeatsReleaseRequested,
)
from common.contracts.payment import PaymentAuthorized, PaymentFailed, PaymentVoided, RefundIssued
from common.journal import Line
from common.messages import Event
from common.money import Money
from common.saga import Order, StepRefused

# What a payment comes to that was authorized; news of its authorization that come later change nothing.
_OVER = frozenset({"failed", "voided"})


def confirm(session: Session, command: ReservationConfirmRequested, *, answers: Iterable[dict[str, Any]]) -> str:
    """
    Confirm one reservation, see `confirm_all`; return what it is then.

    :raises ReservationNotFound: if there is none of this id
    :raises StepRefused: if its time is up
    """
    (said,) = confirm_all(session, [(command, answers)])
    if isinstance(said, StepRefused):
        raise said
    return said


def confirm_all(
    session: Session, asked: Sequence[tuple[ReservationConfirmRequested, Iterable[dict[str, Any]]]]
) -> list[str | StepRefused]:
    """
    Confirm reservations whose price the answers of their payments cover; return what each is then.

    Answers are `{part, authId, status, amountMinor}`. While a payment is still open (an invoice nobody has paid yet)
    the reservation stays pending and the saga rests until a PaymentAuthorized, or its deadline. One whose time is up is
    refused, and nothing of it is changed.

    :raises ReservationNotFound: if there is none of one of these ids
    """
    found = ending.lock_all(session, {command.reservation_id for command, _ in asked})
    refused = {number for number, (known, late) in found.items() if late and known.status is Status.PENDING}
    taken = [(command, answers) for command, answers in asked if command.reservation_id not in refused]
    for command, answers in taken:
        reservation, _ = found[command.reservation_id]
        for answer in answers:
            _note(
                reservation,
                part=answer["part"],
                auth_id=answer["authId"],
                status=answer["status"],
                amount_minor=answer["amountMinor"],
            )
    asked_for = [found[number][0] for number in dict.fromkeys(command.reservation_id for command, _ in taken)]
    pending = [reservation for reservation in asked_for if reservation.status is Status.PENDING]
    confirmed = _settle(session, pending, also=[journal.of_command(command) for command, _ in taken])
    for reservation in pending:
        if reservation.id not in confirmed:
            saga.rest(session, saga=reservation.saga, subject_id=reservation.id)
    return [
        StepRefused("timeout") if command.reservation_id in refused else found[command.reservation_id][0].status
        for command, _ in asked
    ]


@whole_batches
def note_authorized(session: Session, events: Sequence[PaymentAuthorized]) -> None:
    """Remember payments that are authorized; confirm reservations whose price is covered and whose time is not up."""
    found = ending.lock_all(session, {event.reservation_id for event in events})
    for event in events:
        reservation, _ = found[event.reservation_id]
        _note_event(reservation, event, status="authorized")
    in_time = [reservation for reservation, late in found.values() if not late]
    paid = [reservation for reservation in in_time if reservation.status is Status.PENDING and _is_covered(reservation)]
    by_command = [reservation for reservation in paid if striking.confirms_by_command(session, reservation)]
    for reservation in by_command:
        # The switch strikes a command: this one is sent by the saga, or by its sweep when it has rested until now.
        saga.wake(session, saga=reservation.saga, subject_id=reservation.id)
    _settle(session, [reservation for reservation in paid if reservation not in by_command])


def note_payment_failed(session: Session, event: PaymentFailed) -> None:
    """
    Remember that a payment failed, and why.

    A saga that pays now is turned back by its error callback; a hold goes on, and may be paid another way. A
    reservation that is confirmed already loses its seats if its price is no longer covered: its money was let go
    before it could be captured. News of a payment that never counted changes nothing, however late they come.
    """
    reservation, _ = ending.lock(session, event.reservation_id)
    _note_event(reservation, event, status="failed", reason=event.reason)
    if reservation.status is Status.CANCELLED:
        cancelling.note_never_taken(session, reservation, part=event.part)
    if reservation.status is Status.CONFIRMED and not _is_covered(reservation):
        ending.end(session, reservation, Status.CANCELLED, reason="payment_failed", step="cancel reservation")


def note_voided(session: Session, event: PaymentVoided) -> None:
    """Remember that what a payment set aside is the payer's again."""
    reservation, _ = ending.lock(session, event.reservation_id)
    _note_event(reservation, event, status="voided", reason=event.reason)


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


def _settle(session: Session, reservations: Sequence[Reservation], *, also: Sequence[Line] = ()) -> set[int]:
    """
    The pivot: confirm those of these pending reservations whose price is covered and whose saga is not on its way back.

    Their time is not up. `also` is what is noted before. Returns the ids of those that are confirmed.
    """
    ids: dict[str, list[int]] = defaultdict(list)
    for reservation in filter(_is_covered, reservations):
        ids[reservation.saga].append(reservation.id)
    finished = {
        number for name, numbers in ids.items() for number in saga.finish_all(session, saga=name, subject_ids=numbers)
    }
    confirmed = [reservation for reservation in reservations if reservation.id in finished]
    steps = [
        Line(reservation.correlation_id, kind="step", name="confirm reservation", detail={})
        for reservation in confirmed
    ]
    journal.write(session, *also, *steps)
    if not confirmed:
        return finished
    at_once = update(Reservation).where(Reservation.id.in_(finished))
    session.execute(
        at_once.values(status=Status.CONFIRMED, completed_at=now()).execution_options(synchronize_session=False)
    )
    for reservation in confirmed:
        # As the row is now, without an UPDATE for each.
        set_committed_value(reservation, "status", move(reservation.status, Status.CONFIRMED))
    session.execute(update(Seat).where(Seat.reservation_id.in_(finished)).values(state=SeatState.HELD))
    seats = ending.seats_of(session, finished)
    outbox.record(session, *(event for each in confirmed for event in _told(each, seats[each.id])))
    return finished


def _told(reservation: Reservation, seats: Iterable[dict[str, Any]]) -> Iterator[Event]:
    known = ending.names_of(reservation)
    yield ReservationConfirmed(**known)
    for seat in seats:
        yield SeatHeld(**known, **seat)


def _is_covered(reservation: Reservation) -> bool:
    paid = (payment.amount_minor for payment in reservation.payments if payment.status == "authorized")
    return sum(paid) >= reservation.price_minor


def _note_event(
    reservation: Reservation,
    event: PaymentAuthorized | PaymentFailed | PaymentVoided,
    *,
    status: str,
    reason: str | None = None,
) -> None:
    amount = Money.of(event.amount, event.currency)
    _note(reservation, part=event.part, auth_id=event.auth_id, status=status, amount_minor=amount.minor, reason=reason)


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
