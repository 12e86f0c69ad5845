"""DISRUPT: a departure that does not fly takes every reservation on it with it, and all of their money goes back."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from booking_svc.domain.departures import DisruptionNotFound
from booking_svc.domain.reservations import Status
from booking_svc.models import Coupon, Departure, Reservation, SeenPayment, SeenRefund
from booking_svc.service import cancelling, ending, striking
from common import journal, saga
from common.contracts.booking import DisruptionCloseRequested, ReservationsDisruptRequested
from common.contracts.flight import DepartureCancelled
from common.db import Database
from common.money import Money
from common.saga import Order

REASON = "departure_cancelled"
# One command each: small enough that a worker that dies leaves little to look at again.
BATCH = 25
# A full aircraft is cancelled within seconds; one that is not after this long counts as stuck.
SECONDS = 300.0
_LIVE = (Status.PENDING, Status.CONFIRMED)


def note_departure_cancelled(session: Session, event: DepartureCancelled) -> None:
    """
    Begin to cancel every reservation that is live on a departure.

    The departure's row is locked first: who asks for its seats at this moment has committed, and is found here, or
    waits for us, and finds it cancelled.
    """
    session.scalar(select(Departure.id).where(Departure.id == event.departure_id).with_for_update())
    live = session.scalars(
        select(Reservation.id)
        .join(Coupon, Coupon.reservation_id == Reservation.id)
        .where(Coupon.departure_id == event.departure_id, Reservation.status.in_(_LIVE))
        .distinct()
        .order_by(Reservation.id)
    ).all()
    switches = striking.switches_of_all(session, live)
    saga.begin(
        session,
        saga="disrupt",
        subject_id=event.departure_id,
        correlation_id=event.correlation_id,
        payload={
            "correlationId": event.correlation_id,
            "departureId": event.departure_id,
            **({"failures": switches} if switches else {}),
            "batches": [{"reservationIds": list(some)} for some in _batches(live)],
        },
        seconds=SECONDS,
        past_pivot=True,
    )


def cancel_batch(database: Database, command: ReservationsDisruptRequested) -> Iterator[Order]:
    """Cancel some reservations, each in a transaction of its own, and yield the orders to be sent."""
    database.write(_take_up, command)
    for reservation_id in command.reservation_ids:
        order = database.write(cancel_one, reservation_id=reservation_id)
        if order is not None:
            yield order


def cancel_one(session: Session, *, reservation_id: int) -> Order | None:
    """
    Cancel a reservation whose departure does not fly, with all of its flights; do nothing if it is over.

    A confirmed one gets all of its price back, whatever its rules say. A hold fails at once; one that is just being
    paid is turned round, and fails when its payments are voided.
    """
    reservation, _ = ending.lock(session, reservation_id)
    if reservation.status is Status.CONFIRMED:
        return cancelling.give_up(session, reservation, refund=reservation.price, reason=REASON)
    if reservation.status is not Status.PENDING:
        return None
    if reservation.saga == "hold":
        cancelling.give_up_hold(session, reservation, status=Status.FAILED, reason=REASON)
        return None
    run = saga.run_of(session, saga=reservation.saga, subject_id=reservation.id)
    return None if run is None else saga.turn_back(session, run_id=run["id"], reason=REASON)


def close(session: Session, command: DisruptionCloseRequested) -> None:
    """End DISRUPT if every reservation is over; else leave it to be looked at again."""
    journal.record_command(session, command)
    if _count(session, _ids(_run(session, command.departure_id)), *_LIVE):
        return
    if saga.complete(session, saga="disrupt", subject_id=command.departure_id):
        made = report(session, departure_id=command.departure_id)
        journal.record(
            session,
            correlation_id=command.correlation_id,
            kind="step",
            name="report",
            departureId=command.departure_id,
            **{name: made[name] for name in ("reservations", "cancelled", "failed")},
        )


def report(session: Session, *, departure_id: int) -> dict[str, Any]:
    """
    Return how far the disruption of a departure is: reservations by what became of them, money by where it is.

    It is complete when every reservation is over and all the money that was taken is back.

    :raises DisruptionNotFound: if no cancellation of the departure was heard of
    """
    run = _run(session, departure_id)
    ids = _ids(run)
    currency = session.scalar(select(Reservation.currency).where(Reservation.id.in_(ids)).limit(1)) or "USD"
    hit = select(Reservation.id).where(
        Reservation.id.in_(ids), Reservation.status == Status.CANCELLED, Reservation.failure_reason == REASON
    )
    due = _sum(session, Reservation.refund_minor, Reservation.id.in_(hit))
    refunded = _sum(session, SeenRefund.amount_minor, SeenRefund.reservation_id.in_(hit))
    # What was only set aside is let go instead.
    voided = _sum(
        session, SeenPayment.amount_minor, SeenPayment.reservation_id.in_(hit), SeenPayment.status == "voided"
    )
    under_way = _count(session, ids, *_LIVE)
    open_minor = max(due - refunded - voided, 0)
    return {
        "departure": session.get(Departure, departure_id),
        "state": "complete" if run["ended_at"] and not open_minor else "under way",
        "began_at": run["began_at"],
        "ended_at": run["ended_at"],
        "reservations": len(ids),
        "cancelled": _count(session, ids, Status.CANCELLED),
        "failed": _count(session, ids, Status.FAILED),
        "under_way": under_way,
        "currency": currency,
        "refund_due": Money(due, currency).amount,
        "refunded": Money(refunded, currency).amount,
        "voided": Money(voided, currency).amount,
        "outstanding": Money(open_minor, currency).amount,
    }


def _take_up(session: Session, command: ReservationsDisruptRequested) -> None:
    journal.record_command(session, command, reservations=len(command.reservation_ids))


def _run(session: Session, departure_id: int) -> dict[str, Any]:
    run = saga.run_of(session, saga="disrupt", subject_id=departure_id)
    if run is None:
        raise DisruptionNotFound(f"No cancellation of departure {departure_id} was heard of.")
    return run


def _ids(run: dict[str, Any]) -> list[int]:
    return [number for each in run["payload"]["batches"] for number in each["reservationIds"]]


def _count(session: Session, ids: Sequence[int], *states: Status) -> int:
    wanted = select(func.count()).where(Reservation.id.in_(ids), Reservation.status.in_(states))
    return session.scalar(wanted) or 0


def _sum(session: Session, column: Any, *conditions: Any) -> int:
    return int(session.scalar(select(func.coalesce(func.sum(column), 0)).where(*conditions)) or 0)


def _batches(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    return (ids[start : start + BATCH] for start in range(0, len(ids), BATCH))
