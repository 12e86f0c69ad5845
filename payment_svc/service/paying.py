"""Paying later, asking for refunds, and what is heard of reservations."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from common import journal
from common.applying import whole_batches
from common.auth import Caller
from common.columns import now
from common.contracts.booking import (
    ReservationCancelled,
    ReservationConfirmed,
    ReservationEvent,
    ReservationFailed,
    ReservationInitiated,
)
from common.db import upsert
from common.money import Money
from payment_svc.domain import (
    ENDED,
    NO_CURRENCY,
    OVER,
    Goal,
    NotPayable,
    NotRefundable,
    PayableState,
    PaymentNotFound,
    Status,
    WrongShare,
    new_auth_id,
)
from payment_svc.models import Payable, Payment, Refund
from payment_svc.service import access, authorizing, settling

_FIRST_HEARD = (
    insert(Payable)
    .prefix_with("IGNORE", dialect="mariadb")
    .prefix_with("OR IGNORE", dialect="sqlite")
    .values(amount_minor=0, currency=NO_CURRENCY, pay_later=False, state=PayableState.OPEN)
)


def pay_later(
    session: Session,
    *,
    caller: Caller,
    token: str,
    locator: str,
    payment_method: dict[str, Any],
    amount: Decimal | None = None,
) -> Payment:
    """
    Begin to pay a held reservation, all that is still to be paid or `amount` of it; the sweep asks the provider.

    :raises PaymentNotFound: if there is no such reservation, its news has not come yet, or the caller may not pay it
    :raises NotPayable: if it is over, paid already, or its time is up
    :raises WrongShare: if `amount` is more than is still to be paid
    """
    payable = access.payable(session, caller=caller, locator=locator, token=token)
    row = session.execute(
        select(Payable, (Payable.pay_by <= now()).label("late"))
        .where(Payable.reservation_id == payable.reservation_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    if payable.state is not PayableState.OPEN or row.late or not payable.pay_later:
        ended = "its time to pay is over" if row.late else f"it is {payable.state}"
        raise NotPayable(
            f"Reservation {locator} takes no payment: {ended if payable.pay_later else 'it pays at once'}."
        )
    others = session.scalars(select(Payment).where(Payment.reservation_id == payable.reservation_id)).all()
    rest = payable.amount_minor - sum(other.amount_minor for other in others if other.status not in OVER)
    money = Money(rest, payable.currency) if amount is None else Money.of(amount, payable.currency)
    if not rest:
        raise NotPayable(f"Reservation {locator} takes no payment: its whole price is being paid.")
    if not 0 < money.minor <= rest:
        raise WrongShare(f"{Money(rest, payable.currency)} is still to be paid; pay that or a part of it.")
    payment = Payment(
        auth_id=new_auth_id(),
        reservation_id=payable.reservation_id,
        part=max((other.part for other in others), default=0) + 1,
        correlation_id=payable.correlation_id,
        kind=payment_method["kind"],
        token=payment_method.get("token"),
        amount_minor=money.minor,
        currency=money.currency,
        status=Status.PENDING,
        goal=Goal.AUTHORIZE,
        pay_by=payable.pay_by,
        created_at=now(),
        due_at=now(),
        attempts=0,
    )
    session.add(payment)
    session.flush()
    session.refresh(payment)  # for the times the database set
    journal.record(
        session,
        correlation_id=payment.correlation_id,
        kind="request",
        name="POST /payments",
        authId=payment.auth_id,
        part=payment.part,
    )
    return payment


def request_refund(session: Session, *, auth_id: str, amount: Decimal | None, reason: str) -> Refund:
    """
    Ask for captured money to go back, all that is left of it or `amount`; the sweep asks the provider.

    :raises PaymentNotFound: if there is no such payment
    :raises NotRefundable: if it is not captured, or more is asked for than is left
    """
    found = session.scalar(select(Payment.id).where(Payment.auth_id == auth_id))
    if found is None:
        raise PaymentNotFound("There is no such payment.")
    payment = authorizing.lock_by_id(session, found)
    asked = select(func.coalesce(func.sum(Refund.amount_minor), 0)).where(Refund.payment_id == payment.id)
    left = payment.amount_minor - (session.scalar(asked) or 0)
    money = Money(left, payment.currency) if amount is None else Money.of(amount, payment.currency)
    if payment.status not in {Status.CAPTURED, Status.REFUNDED} or not 0 < money.minor <= left:
        raise NotRefundable(
            f"This payment is {payment.status}; {Money(max(left, 0), payment.currency)} of it is not refunded yet. "
            "Only captured money can go back, and no more than is left."
        )
    refund = Refund(
        payment_id=payment.id, amount_minor=money.minor, reason=reason, created_at=now(), due_at=now(), attempts=0
    )
    session.add(refund)
    session.flush()
    session.refresh(refund)  # for the time the database set
    journal.record(
        session,
        correlation_id=payment.correlation_id,
        kind="request",
        name="POST /payments/{authId}/refunds",
        authId=payment.auth_id,
        part=payment.part,
        amount=money.amount,
    )
    return refund


@whole_batches
def note_initiated(session: Session, events: Sequence[ReservationInitiated]) -> None:
    """Remember what reservations cost and until when; how one ended, if that was heard before, stays."""
    upsert(
        session,
        Payable,
        [
            {
                "reservation_id": event.reservation_id,
                "locator": event.locator,
                "owner": event.owner,
                "airlines": event.airlines,
                "correlation_id": event.correlation_id,
                "amount_minor": Money.of(event.amount, event.currency).minor,
                "currency": event.currency,
                "pay_by": event.pay_by,
                "pay_later": event.pay_later,
                "state": PayableState.OPEN,
            }
            for event in sorted(events, key=lambda event: event.reservation_id)
        ],
        keep={"state"},
    )


@whole_batches
def note_confirmed(session: Session, events: Sequence[ReservationConfirmed]) -> None:
    """Capture what is authorized for reservations that are confirmed; an end that was heard before it stays."""
    known = _known_all(session, events)
    going_on = [number for number, payable in known.items() if payable.state not in ENDED]
    # The states are locked in before the payments are looked at.
    session.execute(update(Payable).where(Payable.reservation_id.in_(going_on)).values(state=PayableState.CONFIRMED))
    session.execute(
        update(Payment)
        .where(
            Payment.reservation_id.in_(going_on),
            Payment.status == Status.AUTHORIZED,
            # A void that was ordered before this was heard, by a cancellation, stays: it is the later news.
            Payment.goal != Goal.VOID,
        )
        .values(goal=Goal.CAPTURE, due_at=now())
        .execution_options(synchronize_session=False)
    )


def note_failed(session: Session, event: ReservationFailed) -> None:
    """Void whatever was asked for a reservation that failed, and what will be."""
    payable = _known(session, event)
    payable.state, payable.reason = PayableState.FAILED, event.reason
    session.flush()  # the state is locked in before the payments are looked at
    for payment in _lock_all(session, event.reservation_id):
        settling.want(session, payment, Goal.VOID, reason=event.reason)


def note_cancelled(session: Session, event: ReservationCancelled) -> None:
    """
    Void what is authorized for a reservation that was given up, and give back what was taken.

    If the rules of its fares decide what goes back, a command about each of its payments says how much: then only
    the end is noted, so that nothing is paid for it any more.
    """
    payable = _known(session, event)
    payable.state, payable.reason = PayableState.CANCELLED, event.reason
    session.flush()  # as above
    if event.refunds_ordered:
        return
    for payment in _lock_all(session, event.reservation_id):
        if payment.status is Status.CAPTURED:
            settling.give_back_rest(session, payment, reason=event.reason)
        else:
            settling.want(session, payment, Goal.VOID, reason=event.reason)


def _known(session: Session, event: ReservationEvent) -> Payable:
    """Return what is known of a reservation, locked; a blank row if this is the first that is heard of it."""
    return _known_all(session, [event])[event.reservation_id]


def _known_all(session: Session, events: Sequence[ReservationEvent]) -> dict[int, Payable]:
    """Return what is known of the reservations of `events` by their ids, as `_known` does."""
    heard_of = {event.reservation_id: event.correlation_id for event in events}
    known = _locked(session, heard_of)
    news = [
        {"reservation_id": number, "correlation_id": correlation_id}
        for number, correlation_id in heard_of.items()
        if number not in known
    ]
    if news:
        # Their news may come in any order, and to two consumers at once: whoever is second finds the rows of the first.
        session.execute(_FIRST_HEARD, news)
        known = _locked(session, heard_of)
    return known


def _locked(session: Session, reservation_ids: Iterable[int]) -> dict[int, Payable]:
    # In one order, so that two who want the same ones do not lock each other out.
    wanted = select(Payable).where(Payable.reservation_id.in_(reservation_ids)).order_by(Payable.reservation_id)
    return {payable.reservation_id: payable for payable in session.scalars(wanted.with_for_update())}


def _lock_all(session: Session, reservation_id: int) -> list[Payment]:
    wanted = select(Payment).where(Payment.reservation_id == reservation_id).order_by(Payment.part)
    return list(session.scalars(wanted.with_for_update()))
