"""After a restore: payments are brought to what the provider has and others were told; the rest is let go."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from common import journal
from common.columns import now
from common.config import settings
from common.contracts.payment import PaymentRefundRequested
from common.db import Database
from common.errors import Rejected
from common.money import Money
from common.restoring import LEAP, Difference, Told, put_back
from payment_svc.domain import OVER, Goal, PayableState, Status
from payment_svc.models import Payable, Payment, Refund
from payment_svc.provider import Answer, Bank
from payment_svc.service import authorizing, refunding, settling


class WrongProvider(Rejected):
    """Raised when the provider that is asked has never heard of us."""

    code = "wrong_provider"


EXCHANGE = "payment.events"
PAGE = 500
_OUR_EVENTS = frozenset({"PaymentAuthorized", "PaymentFailed", "PaymentCaptured", "PaymentVoided", "RefundIssued"})
_BY_PROVIDER = {
    "open": Status.OPEN,
    "authorized": Status.AUTHORIZED,
    "captured": Status.CAPTURED,
    "refunded": Status.REFUNDED,
    "voided": Status.VOIDED,
    "expired": Status.FAILED,
}
#: What a payment may become by what the provider says; what it is asked for anew stays as it is.
_MOVES = {
    Status.OPEN: {Status.AUTHORIZED, Status.CAPTURED, Status.REFUNDED, Status.VOIDED},
    Status.AUTHORIZED: {Status.CAPTURED, Status.REFUNDED, Status.VOIDED},
    Status.CAPTURED: {Status.REFUNDED},
}


def restore(database: Database, told: Told, *, bank: Bank | None = None) -> list[Difference]:
    """
    Take in payments that were made since the backup, and let go at the provider of what nobody knows.

    :raises ProviderTrouble: if the provider does not answer; to do it again is safe
    """
    bank = bank or Bank(base_url=settings().bank_url, timeout_seconds=settings().provider_timeout_seconds)
    held = {answer.reference or "": answer for answer in _everything(bank)}
    _refuse_stranger(held, ours=database.read(_at_provider) | _told_of(told))
    found: list[Difference] = []
    for letter in told.letters:
        bodies = [body for body in letter.facts if body["type"] in _OUR_EVENTS]
        if bodies:
            found += database.write(take_in, bodies=bodies, held=held)
    known = database.read(lambda session: set(session.scalars(select(Payment.auth_id))))
    for reference, answer in held.items():
        if reference in known:
            found += database.write(agree, auth_id=reference, answer=answer)
        else:
            found += _let_go(bank, reference, answer)
    return found


def finish(database: Database, told: Told) -> list[Difference]:
    """Order again what goes back of reservations that were cancelled since: their commands are lost, not their news."""
    cancelled = [body for body in told.events.get("booking", ()) if body.get("refundsOrdered")]
    return [found for body in cancelled for found in database.write(order_again, body=body)]


def _refuse_stranger(held: Mapping[str, Answer], *, ours: set[str]) -> None:
    """
    Refuse a provider that has nothing of ours: whatever it has is somebody else's, and must not be let go.

    :raises WrongProvider: if it is one
    """
    if held and not ours & held.keys():
        raise WrongProvider(
            f"The provider at {settings().bank_url} has {len(held)} authorizations, and none that payment_svc or its "
            "neighbours know. It is not ours: nothing was changed there. Set AEROSAGA_BANK_URL to the right one."
        )


def _at_provider(session: Session) -> set[str]:
    return set(session.scalars(select(Payment.auth_id).where(Payment.provider_ref.is_not(None))))


def _told_of(told: Told) -> set[str]:
    return {body["authId"] for letter in told.letters for body in letter.facts if "authId" in body}


def take_in(session: Session, *, bodies: Sequence[Mapping[str, Any]], held: Mapping[str, Answer]) -> list[Difference]:
    """Make those payments of one reservation again that are not here, and put their events back into the outbox."""
    put_back(session, exchange=EXCHANGE, bodies=bodies)
    by_name: dict[str, list[Mapping[str, Any]]] = {}
    for body in bodies:
        by_name.setdefault(body["authId"], []).append(body)
    found = []
    for auth_id, told in by_name.items():
        if session.scalar(select(Payment.id).where(Payment.auth_id == auth_id)) is None:
            found.append(_take_in(session, auth_id, told, held.get(auth_id)))
    return found


def agree(session: Session, *, auth_id: str, answer: Answer) -> list[Difference]:
    """Let a payment be what the provider has of it, where that is further on."""
    payment = authorizing.lock_by_id(
        session, session.scalars(select(Payment.id).where(Payment.auth_id == auth_id)).one()
    )
    found = []
    status = _status_of(answer)
    if payment.status is Status.PENDING:
        payment.due_at = now()  # the sweep asks with the same key, and is told how that ended
    elif status is Status.CAPTURED and payment.goal is Goal.VOID:
        payment.due_at = now()  # the sweep finds it captured when it voids it, and gives it back
    elif status in _MOVES.get(payment.status, set()):
        what = f"it was {payment.status} when the backup was made, and is {status} at the provider"
        payment.status, payment.due_at = status, None
        payment.goal = Goal.VOID if status in OVER else Goal.CAPTURE
        _note(session, payment)
        found.append(Difference(subject=f"payment {auth_id}", what=what, healed=f"{status}"))
    found += _refunded(session, payment, answer)
    return found


def order_again(session: Session, *, body: Mapping[str, Any]) -> list[Difference]:
    """Order what is lacking of the refund of a cancelled reservation."""
    currency, number = str(body["currency"]), body["reservationId"]
    due = Money.of(body["refundAmount"], currency).minor
    payments = session.scalars(select(Payment).where(Payment.reservation_id == number).order_by(Payment.part)).all()
    back = sum(payment.amount_minor for payment in payments if payment.goal is Goal.VOID)
    kept = [payment for payment in payments if payment.goal is not Goal.VOID and payment.status is not Status.FAILED]
    asked = select(func.coalesce(func.sum(Refund.amount_minor), 0))
    ordered = {each.id: int(session.scalar(asked.where(Refund.payment_id == each.id)) or 0) for each in kept}
    lacking = due - back - sum(ordered.values())
    if lacking <= 0:
        return []
    what = f"{Money(lacking, currency)} of what its cancellation gives back was not ordered here"
    for payment in kept:
        share = min(lacking, payment.amount_minor - ordered[payment.id])
        lacking -= max(share, 0)
        refunding.order_refund(
            session,
            PaymentRefundRequested(
                correlation_id=payment.correlation_id,
                reservation_id=number,
                part=payment.part,
                amount=Money(max(share, 0), currency).amount,
                currency=currency,
                reason=str(body["reason"]),
            ),
        )
    subject = f"reservation {number}"
    if lacking > 0:
        todo = f"{Money(lacking, currency)} more is due than its payments have; refund it another way"
        return [Difference(subject=subject, what=what, todo=todo)]
    return [Difference(subject=subject, what=what, healed="ordered again")]


def _take_in(session: Session, auth_id: str, told: Sequence[Mapping[str, Any]], answer: Answer | None) -> Difference:
    last, subject = told[-1], f"payment {auth_id}"
    money = Money.of(told[0]["amount"], str(told[0]["currency"]))
    number, part = last["reservationId"], last["part"]
    what = f"it was made after the backup, {money} for reservation {number}: {last['type']}"
    declined = answer is None and last["type"] == "PaymentFailed"
    if answer is None and not declined:
        todo = "the provider has it not, so it was a wallet's: look at the wallet's owner and move the money by hand"
        return Difference(subject=subject, what=what, todo=todo)
    there = session.scalar(select(Payment.auth_id).where(Payment.reservation_id == number, Payment.part == part))
    if there is not None:
        return Difference(subject=subject, what=f"{what}, and part {part} of it is {there} here", todo="refund one")
    payable = session.get(Payable, number, with_for_update=True)
    status = Status.FAILED if answer is None else _status_of(answer)
    payment = Payment(
        auth_id=auth_id,
        reservation_id=number,
        part=part,
        correlation_id=UUID(str(last["correlationId"])),
        kind="crypto" if answer is not None and answer.address else "card",
        amount_minor=money.minor,
        currency=money.currency,
        status=status,
        goal=_goal(status),
        reason=last.get("reason"),
        provider_ref=None if answer is None else answer.provider_ref,
        address=None if answer is None else answer.address,
        created_at=now(),
        attempts=0,
    )
    session.add(payment)
    session.flush()  # for its key, which its refunds point to
    _note(session, payment)
    if answer is not None:
        _refunded(session, payment, answer)
    if payable is not None and payable.state is PayableState.CONFIRMED:
        settling.want(session, payment, Goal.CAPTURE)
    return Difference(subject=subject, what=what, healed=f"taken in, {payment.status}")


def _refunded(session: Session, payment: Payment, answer: Answer) -> list[Difference]:
    """Write what the provider gave back of a payment and is not written here."""
    issued = select(func.coalesce(func.sum(Refund.amount_minor), 0)).where(
        Refund.payment_id == payment.id, Refund.issued_at.is_not(None)
    )
    more = (answer.refunded_minor or 0) - int(session.scalar(issued) or 0)
    waiting = session.scalar(select(Refund.id).where(Refund.payment_id == payment.id, Refund.issued_at.is_(None)))
    if more <= 0 or waiting is not None:
        return []  # one that was ordered before the backup is asked for again with its key, and told how that ended
    # Beyond every number that was given out: a refund's key at the provider is made of it.
    first = (session.scalar(select(func.max(Refund.id))) or 0) + LEAP
    session.add(
        Refund(
            id=first,
            payment_id=payment.id,
            amount_minor=more,
            reason=payment.reason or "refunded",
            created_at=now(),
            issued_at=now(),
            attempts=0,
        )
    )
    if (answer.refunded_minor or 0) >= payment.amount_minor:
        payment.status = Status.REFUNDED
    session.flush()  # before the next one is numbered
    what = f"the provider gave {Money(more, payment.currency)} of it back after the backup"
    return [Difference(subject=f"payment {payment.auth_id}", what=what, healed="written down as given back")]


def _let_go(bank: Bank, reference: str, answer: Answer) -> Iterator[Difference]:
    """Give back at the provider what is set aside or taken under our name and belongs to nothing that is known."""
    left = (answer.captured_minor or 0) - (answer.refunded_minor or 0)
    ref, money = answer.provider_ref or "", Money(answer.amount_minor or 0, answer.currency or settings().currency)
    what = f"the provider has {money} {answer.outcome} under our name, and nobody here knows what for"
    if answer.outcome in {"authorized", "open"}:
        bank.void(key=f"{reference}-void", provider_ref=ref)
        yield Difference(subject=f"payment {reference}", what=what, healed="let go at the provider")
    elif left > 0:
        bank.refund(key=f"{reference}-refund-lost", provider_ref=ref, amount_minor=left)
        yield Difference(subject=f"payment {reference}", what=what, healed="given back at the provider")


def _everything(bank: Bank) -> Iterator[Answer]:
    after = 0
    while page := bank.page(after=after, limit=PAGE):
        yield from (answer for _, answer in page)
        after = page[-1][0]


def _status_of(answer: Answer) -> Status:
    status = _BY_PROVIDER[answer.outcome]
    if status is Status.REFUNDED and (answer.refunded_minor or 0) < (answer.captured_minor or 0):
        return Status.CAPTURED
    return status


def _goal(status: Status) -> Goal:
    if status in {Status.CAPTURED, Status.REFUNDED}:
        return Goal.CAPTURE
    return Goal.VOID if status is Status.VOIDED else Goal.AUTHORIZE


def _note(session: Session, payment: Payment) -> None:
    journal.record(
        session,
        correlation_id=payment.correlation_id,
        kind="step",
        name="restore payment",
        authId=payment.auth_id,
        part=payment.part,
        status=payment.status,
    )
