"""Authorizing a payment: write what is wanted, ask, write the answer."""

import logging
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from common import journal, outbox
from common.columns import now
from common.contracts.payment import PaymentAuthorized, PaymentAuthorizeRequested, PaymentFailed
from common.db import Database
from common.money import Money
from common.saga import StepRefused
from payment_svc.domain import ENDED, NO_CURRENCY, OVER, Goal, Status, new_auth_id
from payment_svc.models import Payable, Payment
from payment_svc.provider import Answer, Bank, ProviderRefused
from payment_svc.service import wallets

log = logging.getLogger(__name__)

# How long the one who began to ask has before the sweep asks too, with the same key.
LEASE_SECONDS = 20.0
# How often an open invoice is asked after.
INVOICE_SECONDS = 2.0


def authorize(database: Database, bank: Bank, command: PaymentAuthorizeRequested) -> dict[str, Any]:
    """
    Carry out the command, or tell again how it ended: `{part, authId, status, amountMinor}`.

    :raises StepRefused: with the reason, if the payer's side said no or the payment was voided before it was asked for
    :raises ProviderTrouble: if the outcome is not known yet; asking again is safe, and the sweep will
    """
    payment = database.write(begin, command)
    if payment.status is Status.PENDING and payment.goal is Goal.AUTHORIZE:
        payment = ask(database, bank, payment)
    if payment.status in OVER or payment.goal is Goal.VOID:
        raise StepRefused(payment.reason or payment.status)
    return {
        "part": payment.part,
        "authId": payment.auth_id,
        "status": "open" if payment.status is Status.OPEN else "authorized",
        "amountMinor": payment.amount_minor,
    }


def begin(session: Session, command: PaymentAuthorizeRequested) -> Payment:
    """Write the payment that a command asks for, if it is not there yet; return it."""
    money = Money.of(command.amount, command.currency)
    payable = _lock_payable(session, command.reservation_id)
    payment = _insert_if_new(
        session,
        reservation_id=command.reservation_id,
        part=command.part,
        correlation_id=command.correlation_id,
        kind=command.payment_method.kind,
        token=command.payment_method.token,
        amount_minor=money.minor,
        currency=money.currency,
        status=Status.PENDING,
        goal=Goal.AUTHORIZE,
        pay_by=command.pay_by,
        due_at=now(seconds=LEASE_SECONDS),
    )
    journal.record_command(session, command, part=command.part)
    if payment.status is Status.PENDING and payable is not None and payable.state in ENDED:
        # The reservation was over before its payment was asked for: nothing is asked any more.
        payment.status, payment.goal, payment.reason, payment.due_at = Status.VOIDED, Goal.VOID, payable.reason, None
    return payment


def ask(database: Database, bank: Bank, payment: Payment) -> Payment:
    """
    Ask the provider, or the wallet, for an authorization and write the answer.

    :raises ProviderTrouble: if there was no answer to build on
    """
    if payment.kind == "wallet":
        return database.write(hold_in_wallet, known=payment)
    seconds = database.write(_invoice_seconds, payment_id=payment.id) if payment.kind == "crypto" else None
    try:
        answer = bank.authorize(
            key=f"{payment.auth_id}-authorize",
            reference=payment.auth_id,
            kind="crypto" if payment.kind == "crypto" else "card",
            token=payment.token,
            amount_minor=payment.amount_minor,
            currency=payment.currency,
            expires_in_seconds=seconds,
        )
    except ProviderRefused as refusal:
        # A mistake of ours that no repeat will mend. Whatever the provider holds under our reference counts.
        log.error("payment %s is not understood: %s", payment.auth_id, refusal)
        held = bank.find(reference=payment.auth_id)
        answer = held[-1] if held else Answer(outcome="declined", reason="provider_refused")
    return database.write(note_answer, known=payment, answer=answer)


def hold_in_wallet(session: Session, *, known: Payment) -> Payment:
    """Authorize a payment by wallet: the money is set aside and the answer written in one transaction."""
    payment, payable = _lock_undecided(session, known)
    if payment.status is not Status.PENDING:
        return payment
    refusal = wallets.hold(session, token=payment.token or "", cause=payment.auth_id, money=payment.money)
    _record(session, payment, Status.FAILED if refusal else Status.AUTHORIZED, reason=refusal)
    return _void_if_over(payment, payable)


def note_answer(session: Session, *, known: Payment, answer: Answer) -> Payment:
    """Write what the provider said about an authorization; what is decided already stays as it is."""
    payment, payable = _lock_undecided(session, known)
    if payment.status not in {Status.PENDING, Status.OPEN}:
        return payment
    payment.provider_ref = answer.provider_ref
    if answer.outcome == "open":
        if payment.status is Status.PENDING:
            _note_step(session, payment, Status.OPEN)
        payment.status, payment.address = Status.OPEN, answer.address
        payment.due_at = now(seconds=INVOICE_SECONDS)
    elif answer.outcome in {"authorized", "captured"}:
        _record(session, payment, Status.AUTHORIZED)
    else:
        _record(session, payment, Status.FAILED, reason=answer.reason or f"invoice_{answer.outcome}")
    return _void_if_over(payment, payable)


def note_tombstone(session: Session, *, reservation_id: int, part: int, correlation_id: UUID, reason: str) -> Payment:
    """Refuse in advance a payment that was never asked for, so that its late command finds it voided; return it."""
    return _insert_if_new(
        session,
        reservation_id=reservation_id,
        part=part,
        correlation_id=correlation_id,
        kind=None,
        token=None,
        amount_minor=0,
        currency=NO_CURRENCY,
        status=Status.VOIDED,
        goal=Goal.VOID,
        reason=reason,
        pay_by=None,
        due_at=None,
    )


def lock(session: Session, *, reservation_id: int, part: int) -> Payment:
    """Return a payment, locked until the transaction ends."""
    wanted = select(Payment).where(Payment.reservation_id == reservation_id, Payment.part == part)
    return session.scalars(wanted.with_for_update()).one()


def lock_by_id(session: Session, payment_id: int) -> Payment:
    """Return a payment, locked until the transaction ends and as it is now."""
    wanted = select(Payment).where(Payment.id == payment_id).execution_options(populate_existing=True)
    return session.scalars(wanted.with_for_update()).one()


def events_of(payment: Payment) -> dict[str, Any]:
    """Return the fields that every event of this payment carries."""
    return {
        "correlation_id": payment.correlation_id,
        "reservation_id": payment.reservation_id,
        "auth_id": payment.auth_id,
        "part": payment.part,
        "amount": payment.money.amount,
        "currency": payment.currency,
    }


def _record(session: Session, payment: Payment, status: Status, *, reason: str | None = None) -> None:
    payment.status, payment.due_at = status, None
    payment.reason = reason or payment.reason
    _note_step(session, payment, status, **({"reason": reason} if reason else {}))
    if status is Status.FAILED:
        outbox.record(session, PaymentFailed(**events_of(payment), reason=reason or "declined"))
    elif payment.goal is Goal.AUTHORIZE:
        # One that is to be voided is never announced: nobody may build on it.
        outbox.record(session, PaymentAuthorized(**events_of(payment)))


def _note_step(session: Session, payment: Payment, outcome: Status, **detail: str) -> None:
    journal.record(
        session,
        correlation_id=payment.correlation_id,
        kind="step",
        name="authorize payment",
        authId=payment.auth_id,
        part=payment.part,
        outcome=outcome,
        **detail,
    )


def _lock_undecided(session: Session, known: Payment) -> tuple[Payment, Payable | None]:
    # The reservation first, always: two who lock in another order could wait for each other.
    payable = _lock_payable(session, known.reservation_id)
    return lock_by_id(session, known.id), payable


def _void_if_over(payment: Payment, payable: Payable | None) -> Payment:
    """Void at once what was authorized for a reservation that has failed in the meantime."""
    if payment.status not in OVER:
        if payable is not None and payable.state in ENDED:
            payment.goal, payment.reason = Goal.VOID, payable.reason
        if payment.goal is Goal.VOID:
            payment.due_at = now()
    return payment


def _lock_payable(session: Session, reservation_id: int) -> Payable | None:
    # A locking read: whoever hears that the reservation failed waits for us, or we see that it did.
    return session.scalar(select(Payable).where(Payable.reservation_id == reservation_id).with_for_update())


def _insert_if_new(session: Session, *, reservation_id: int, part: int, **values: Any) -> Payment:
    """Return the payment of this number, made of `values` if there is none, locked until the transaction ends."""
    made = session.scalar(
        insert(Payment)
        .prefix_with("IGNORE", dialect="mariadb")
        .prefix_with("OR IGNORE", dialect="sqlite")
        .values(
            auth_id=new_auth_id(),
            reservation_id=reservation_id,
            part=part,
            created_at=now(),
            attempts=0,
            **values,
        )
        .returning(Payment)
    )
    return made or lock(session, reservation_id=reservation_id, part=part)


def _invoice_seconds(session: Session, *, payment_id: int) -> int:
    row = session.execute(select(Payment, now().label("at")).where(Payment.id == payment_id).with_for_update()).one()
    payment: Payment = row.Payment
    if payment.invoice_seconds is None:
        left = (payment.pay_by - row.at).total_seconds() if payment.pay_by else 0.0
        payment.invoice_seconds = max(1, int(left))
    return payment.invoice_seconds
