"""Giving money back for a cancelled reservation, by the rule its leader has worked out."""

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from common import journal
from common.columns import now
from common.contracts.payment import PaymentRefundRequested
from common.money import Money
from payment_svc.domain import OVER, Goal, Status
from payment_svc.models import Payment, Refund
from payment_svc.service import authorizing, settling

CANCELLATION = "cancellation"


def order_refund(session: Session, command: PaymentRefundRequested) -> dict[str, Any]:
    """
    Write what is to go back of a payment, and answer what will be done: `{part, outcome}`; the sweep does it.

    The outcome is refund (after the capture, if that is still to come), void (nothing was taken yet, and nothing will
    be), keep (nothing goes back) or nothing (nothing is there to give back). The command may come again: what was
    ordered stays as it is.
    """
    wanted = Money.of(command.amount, command.currency)
    payment = authorizing.lock(session, reservation_id=command.reservation_id, part=command.part)
    journal.record_command(session, command, part=command.part)
    return {"part": payment.part, "outcome": _order(session, payment, wanted, reason=command.reason)}


def _order(session: Session, payment: Payment, wanted: Money, *, reason: str) -> str:
    if payment.status in OVER:
        return "nothing"
    if payment.status is not Status.CAPTURED and (payment.goal is Goal.VOID or wanted.minor >= payment.amount_minor):
        # If its capture is under way and comes first, all of it goes back.
        settling.want(session, payment, Goal.VOID, reason=reason)
        return "void"
    if payment.status is not Status.CAPTURED and payment.goal is not Goal.CAPTURE:
        # The news that would have it captured may come after those of the cancellation, and then change nothing.
        settling.want(session, payment, Goal.CAPTURE)
    return "refund" if _refund(session, payment, wanted, reason=reason) else "keep"


def _refund(session: Session, payment: Payment, wanted: Money, *, reason: str) -> bool:
    """Write a refund if it is not there yet: no more than nobody has asked for; return whether there is one."""
    asked = select(Refund).where(Refund.payment_id == payment.id, Refund.cause == CANCELLATION)
    if session.scalar(asked) is not None:
        return True
    known = select(func.coalesce(func.sum(Refund.amount_minor), 0)).where(Refund.payment_id == payment.id)
    minor = min(wanted.minor, payment.amount_minor - (session.scalar(known) or 0))
    if minor <= 0:
        return False
    session.add(
        Refund(
            payment_id=payment.id,
            amount_minor=minor,
            reason=reason,
            cause=CANCELLATION,
            created_at=now(),
            due_at=now() if payment.status is Status.CAPTURED else None,
            attempts=0,
        )
    )
    return True
