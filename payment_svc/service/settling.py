"""Bringing payments to what is to become of them: captured, voided, refunded; asked after until it is so."""

import logging
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import delete, func, literal, or_, select, update
from sqlalchemy.orm import Session

from common import journal, outbox
from common.columns import now
from common.contracts.payment import (
    PaymentCaptured,
    PaymentFailed,
    PaymentVoided,
    PaymentVoidRequested,
    RefundIssued,
)
from common.db import Database
from common.errors import AerosagaError
from common.journal import Line
from common.messages import Event
from common.money import Money
from common.stopping import stopping
from payment_svc.domain import OVER, Goal, Status, backoff_seconds
from payment_svc.models import Payment, Refund
from payment_svc.provider import Answer, Bank
from payment_svc.service import authorizing, wallets

log = logging.getLogger(__name__)

#: Has a row while a payment or a refund is due.
DUE = select(literal(1)).where(
    or_(
        select(Payment.id).where(Payment.due_at <= now()).exists(),
        select(Refund.id).where(Refund.due_at <= now()).exists(),
    )
)

# How long what a provider said of captures waits for what it says of the next ones. They are due again, and would be
# asked for again, much later.
NOTE_SECONDS = 1.0


def void(database: Database, bank: Bank, command: PaymentVoidRequested) -> None:
    """
    Let go of a payment now if the provider answers, through the sweep if it does not.

    What was never asked for is refused in advance; what failed or is voided stays so.
    """
    payment = database.write(wish_void, command)
    if payment is not None:
        settle_safely(database, bank, payment)


def wish_void(session: Session, command: PaymentVoidRequested) -> Payment | None:
    """Write that a payment is to be voided; return it, or None if there is nothing to do."""
    reason = command.reason or "payment_failed"
    journal.record_command(session, command, part=command.part)
    payment = authorizing.note_tombstone(
        session,
        reservation_id=command.reservation_id,
        part=command.part,
        correlation_id=command.correlation_id,
        reason=reason,
    )
    if want(session, payment, Goal.VOID, reason=reason):
        return payment
    _act(session, payment, "void payment", outcome="nothing to void")
    return None


def want(session: Session, payment: Payment, goal: Goal, *, reason: str | None = None) -> bool:
    """Set the goal of a locked payment; return whether there is anything left to do for it."""
    if payment.status in OVER or payment.status is Status.CAPTURED:
        return False
    payment.goal = goal
    payment.reason = reason or payment.reason
    payment.due_at = now()
    session.flush()  # so that the caller may go on from the row as it is
    return True


def settle_due(database: Database, bank: Bank, *, limit: int = 50) -> None:
    """Work on everything that is due; two sweeps at once share it. Who is to stop leaves the rest to be due again."""
    _settle_payments(database, bank, database.write(lease_payments, limit=limit))
    if stopping():
        return
    for refund_id in database.write(lease_refunds, limit=limit):
        if stopping():
            return
        try:
            give_back(database, bank, refund_id)
        except AerosagaError as error:
            log.warning("refund %s waits: %s", refund_id, error)


def _settle_payments(database: Database, bank: Bank, payments: Sequence[Payment]) -> None:
    """Work on payments, and write what the provider said about captures of all of them together."""
    captured: list[tuple[int, Answer | None]] = []
    began = time.monotonic()
    for payment in payments:
        if stopping():
            break
        # Each wallet is locked for its own payment alone.
        if payment.kind == "wallet" or payment.goal is not Goal.CAPTURE or payment.status is not Status.AUTHORIZED:
            settle_safely(database, bank, payment)
            continue
        try:
            captured.append((payment.id, _capture(bank, payment)))
        except AerosagaError as error:
            log.warning("payment %s waits to be captured: %s", payment.auth_id, error)
        if time.monotonic() - began > NOTE_SECONDS:
            _note_all_captured(database, captured)
            captured, began = [], time.monotonic()
    _note_all_captured(database, captured)


def _note_all_captured(database: Database, captured: Sequence[tuple[int, Answer | None]]) -> None:
    if not captured:
        return
    try:
        database.write(_note_captured, captured)
    except Exception as error:  # whatever it is: nobody's payment waits for another's
        log.warning("%d captures are not noted together: %r", len(captured), error)
        for each in captured:
            try:
                database.write(_note_captured, [each])
            except AerosagaError as trouble:
                log.warning("payment number %d waits to become captured: %s", each[0], trouble)


def lease_payments(session: Session, *, limit: int) -> list[Payment]:
    """Take up the payments that are due; nobody else does for a while, longer each time."""
    return _lease(session, Payment, limit)


def lease_refunds(session: Session, *, limit: int) -> list[int]:
    """Take up the refunds that are due."""
    return [row.id for row in _lease(session, Refund, limit)]


def settle_safely(database: Database, bank: Bank, payment: Payment) -> None:
    """Work on one payment; in trouble, leave it to the sweep."""
    try:
        settle(database, bank, payment)
    except AerosagaError as error:
        log.warning("payment %s waits to become %s: %s", payment.auth_id, payment.goal, error)


def settle(database: Database, bank: Bank, payment: Payment) -> None:
    """
    Bring one payment to its goal, as far as the provider answers now.

    :raises ProviderTrouble: if it does not; the payment is due again later
    """
    if payment.status is Status.PENDING:
        # Its outcome is not known. Asking with the same key tells it, whatever is to become of it.
        payment = authorizing.ask(database, bank, payment)
    elif payment.status is Status.OPEN and payment.goal is Goal.AUTHORIZE:
        found = bank.look_up(provider_ref=payment.provider_ref or "")
        payment = database.share(authorizing.note_answers, (payment, found))
    if payment.goal is Goal.VOID and payment.status in {Status.OPEN, Status.AUTHORIZED}:
        answer = _at_bank(payment, lambda ref: bank.void(key=f"{payment.auth_id}-void", provider_ref=ref))
        database.write(_note_voided, payment_id=payment.id, answer=answer)
    elif payment.goal is Goal.CAPTURE and payment.status is Status.AUTHORIZED:
        database.write(_note_captured, [(payment.id, _capture(bank, payment))])


def _capture(bank: Bank, payment: Payment) -> Answer | None:
    return _at_bank(
        payment,
        lambda ref: bank.capture(key=f"{payment.auth_id}-capture", provider_ref=ref, amount_minor=payment.amount_minor),
    )


def give_back(database: Database, bank: Bank, refund_id: int) -> None:
    """
    Issue one refund.

    :raises ProviderTrouble: if the provider does not answer; the refund is due again later
    """
    refund, payment = database.read(_refund_and_payment, refund_id=refund_id)
    if refund.issued_at is not None:
        return
    answer = _at_bank(
        payment,
        lambda ref: bank.refund(
            key=f"{payment.auth_id}-refund-{refund.id}", provider_ref=ref, amount_minor=refund.amount_minor
        ),
    )
    if answer is None or answer.done:
        database.write(_note_refunded, refund_id=refund_id)
    else:
        log.error("the provider does not refund %s: %s", payment.auth_id, answer.reason)


def give_back_rest(session: Session, payment: Payment, *, reason: str) -> None:
    """Ask for all to go back of a locked, captured payment that nobody has asked for yet."""
    asked = select(func.coalesce(func.sum(Refund.amount_minor), 0)).where(Refund.payment_id == payment.id)
    rest = payment.amount_minor - (session.scalar(asked) or 0)
    if rest > 0:
        session.add(
            Refund(payment_id=payment.id, amount_minor=rest, reason=reason, created_at=now(), due_at=now(), attempts=0)
        )


def _note_voided(session: Session, *, payment_id: int, answer: Answer | None) -> None:
    payment = authorizing.lock_by_id(session, payment_id)
    if payment.status in OVER:
        return
    if answer is not None and answer.outcome in {"captured", "refunded"}:
        # It was taken after all: it goes back.
        payment.status, payment.due_at = Status.CAPTURED, None
        _wake_refunds(session, [payment])
        give_back_rest(session, payment, reason=payment.reason or "voided_late")
        return
    if payment.kind == "wallet":
        wallets.release(session, token=payment.token or "", cause=payment.auth_id, money=payment.money)
    payment.status, payment.due_at = Status.VOIDED, None
    _act(session, payment, "void payment")
    outbox.record(session, PaymentVoided(**authorizing.events_of(payment), reason=payment.reason or "payment_failed"))


def _note_captured(session: Session, captured: Sequence[tuple[int, Answer | None]]) -> None:
    """Write what the provider said about captures; what is not authorized any more stays as it is."""
    payments = authorizing.lock_all(session, {number for number, _ in captured})
    said: list[Line | Event] = []
    taken = []
    for payment, answer in ((payments[number], answer) for number, answer in captured):
        if payment.status is not Status.AUTHORIZED:
            continue
        if answer is not None and answer.outcome not in {"captured", "refunded"}:
            # The provider let it go before we took it: a legal end, told as what it is.
            payment.status, payment.reason, payment.due_at = Status.FAILED, answer.reason or answer.outcome, None
            # Nothing was taken, so nothing of it can go back.
            session.execute(delete(Refund).where(Refund.payment_id == payment.id, Refund.issued_at.is_(None)))
            said.append(_line(payment, "capture payment", reason=payment.reason))
            said.append(PaymentFailed(**authorizing.events_of(payment), reason=payment.reason))
            continue
        if payment.kind == "wallet":
            wallets.capture(session, token=payment.token or "", cause=payment.auth_id, money=payment.money)
        payment.status, payment.due_at = Status.CAPTURED, None
        said += [_line(payment, "capture payment"), PaymentCaptured(**authorizing.events_of(payment))]
        taken.append(payment)
    authorizing.tell(session, said)
    _wake_refunds(session, taken)
    for payment in taken:
        if payment.goal is Goal.VOID:
            # The reservation was cancelled while we took its money: it goes back.
            give_back_rest(session, payment, reason=payment.reason or "voided_late")


def _wake_refunds(session: Session, captured: Sequence[Payment]) -> None:
    """Let refunds that waited for the capture of these payments begin."""
    if captured:
        ids = [payment.id for payment in captured]
        waiting = (Refund.payment_id.in_(ids), Refund.issued_at.is_(None), Refund.due_at.is_(None))
        wake = update(Refund).where(*waiting).values(due_at=now())
        session.execute(wake.execution_options(synchronize_session=False))


def _note_refunded(session: Session, *, refund_id: int) -> None:
    payment_id = session.get_one(Refund, refund_id).payment_id
    payment = authorizing.lock_by_id(session, payment_id)
    refund = session.get_one(Refund, refund_id, populate_existing=True)
    if refund.issued_at is not None:
        return
    money = Money(refund.amount_minor, payment.currency)
    if payment.kind == "wallet":
        wallets.refund(session, token=payment.token or "", cause=f"refund-{refund.id}", money=money)
    refund.issued_at, refund.due_at = now(), None
    issued = select(func.coalesce(func.sum(Refund.amount_minor), 0)).where(
        Refund.payment_id == payment.id, Refund.issued_at.is_not(None), Refund.id != refund.id
    )
    if (session.scalar(issued) or 0) + refund.amount_minor >= payment.amount_minor:
        payment.status = Status.REFUNDED
    _act(session, payment, "refund payment", amount=money.amount)
    known = authorizing.events_of(payment) | {"amount": money.amount}
    outbox.record(session, RefundIssued(**known, reason=refund.reason))


def _at_bank(payment: Payment, ask: Callable[[str], Answer]) -> Answer | None:
    """Ask the provider, if the money is there; a wallet's is with us."""
    return None if payment.kind == "wallet" else ask(payment.provider_ref or "")


def _act(session: Session, payment: Payment, name: str, **detail: Any) -> None:
    journal.write(session, _line(payment, name, **detail))


def _line(payment: Payment, name: str, **detail: Any) -> Line:
    return Line(
        payment.correlation_id,
        kind="step" if name == "void payment" else "act",
        name=name,
        detail={"authId": payment.auth_id, "part": payment.part, **detail},
    )


def _refund_and_payment(session: Session, *, refund_id: int) -> tuple[Refund, Payment]:
    refund = session.get_one(Refund, refund_id)
    return refund, session.get_one(Payment, refund.payment_id)


def _lease(session: Session, table: Any, limit: int) -> list[Any]:
    rows = session.scalars(
        select(table).where(table.due_at <= now()).order_by(table.due_at).limit(limit).with_for_update(skip_locked=True)
    ).all()
    tried: dict[int, list[int]] = defaultdict(list)
    for row in rows:
        tried[row.attempts + 1].append(row.id)
    for attempts, ids in tried.items():
        # The lease: longer than one ask may take, so that a slow provider is not asked twice at once.
        pause = authorizing.LEASE_SECONDS + backoff_seconds(attempts)
        session.execute(
            update(table)
            .where(table.id.in_(ids))
            .values(attempts=attempts, due_at=now(seconds=pause))
            .execution_options(synchronize_session=False)
        )
    return list(rows)
