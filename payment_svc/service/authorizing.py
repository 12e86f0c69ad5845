"""Authorizing a payment: write what is wanted, ask, write the answer."""

import logging
from collections.abc import Collection, Iterable, Iterator, Sequence
from operator import itemgetter
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from common import journal, outbox
from common.columns import now
from common.contracts.payment import PaymentAuthorized, PaymentAuthorizeRequested, PaymentFailed
from common.db import Database
from common.journal import Line
from common.messages import Event
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

_PAYABLE = (
    select(Payable.reservation_id, Payable.state, Payable.reason).order_by(Payable.reservation_id).with_for_update()
)
_INSERT = (
    insert(Payment)
    .prefix_with("IGNORE", dialect="mariadb")
    .prefix_with("OR IGNORE", dialect="sqlite")
    .values(created_at=now(), attempts=0)
    .returning(Payment)
)


def authorize(database: Database, bank: Bank, command: PaymentAuthorizeRequested) -> dict[str, Any]:
    """
    Carry out the command, or tell again how it ended: `{part, authId, status, amountMinor}`.

    :raises StepRefused: with the reason, if the payer's side said no or the payment was voided before it was asked for
    :raises ProviderTrouble: if the outcome is not known yet; asking again is safe, and the sweep will
    """
    payment = database.share(begin, command)
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


def begin(session: Session, commands: Sequence[PaymentAuthorizeRequested]) -> list[Payment]:
    """Write the payments that commands ask for, those which are not there yet; return the payment of each command."""
    payables = _lock_payables(session, {command.reservation_id for command in commands})
    payments = _insert_those_new(session, [_wanted(command) for command in commands], due_at=now(seconds=LEASE_SECONDS))
    journal.write(session, *(journal.of_command(command, part=command.part) for command in commands))
    for payment in payments.values():
        payable = payables.get(payment.reservation_id)
        if payment.status is Status.PENDING and payable is not None and payable.state in ENDED:
            # The reservation was over before its payment was asked for: nothing is asked any more.
            payment.status, payment.goal, payment.due_at = Status.VOIDED, Goal.VOID, None
            payment.reason = payable.reason
    return [payments[command.reservation_id, command.part] for command in commands]


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
    return database.share(note_answers, (payment, answer))


def hold_in_wallet(session: Session, *, known: Payment) -> Payment:
    """Authorize a payment by wallet: the money is set aside and the answer written in one transaction."""
    # The reservation first, always: two who lock in another order could wait for each other.
    payable = _lock_payables(session, [known.reservation_id]).get(known.reservation_id)
    payment = lock_by_id(session, known.id)
    if payment.status is not Status.PENDING:
        return payment
    refusal = wallets.hold(session, token=payment.token or "", cause=payment.auth_id, money=payment.money)
    tell(session, _decide(payment, Status.FAILED if refusal else Status.AUTHORIZED, reason=refusal))
    _void_if_over(payment, payable)
    return payment


def note_answers(session: Session, known: Sequence[tuple[Payment, Answer]]) -> list[Payment]:
    """Write what the provider said about authorizations; what is decided already stays as it is."""
    # The reservations first, always, as for a wallet.
    payables = _lock_payables(session, {payment.reservation_id for payment, _ in known})
    payments = lock_all(session, {payment.id for payment, _ in known})
    said: list[Line | Event] = []
    for number, answer in ((payment.id, answer) for payment, answer in known):
        payment = payments[number]
        if payment.status in {Status.PENDING, Status.OPEN}:
            said += _note(payment, answer)
            _void_if_over(payment, payables.get(payment.reservation_id))
    tell(session, said)
    return [payments[payment.id] for payment, _ in known]


def note_tombstone(session: Session, *, reservation_id: int, part: int, correlation_id: UUID, reason: str) -> Payment:
    """Refuse in advance a payment that was never asked for, so that its late command finds it voided; return it."""
    wanted = {
        "reservation_id": reservation_id,
        "part": part,
        "correlation_id": correlation_id,
        "kind": None,
        "token": None,
        "amount_minor": 0,
        "currency": NO_CURRENCY,
        "status": Status.VOIDED,
        "goal": Goal.VOID,
        "reason": reason,
        "pay_by": None,
    }
    return _insert_those_new(session, [wanted], due_at=None)[reservation_id, part]


def lock(session: Session, *, reservation_id: int, part: int) -> Payment:
    """Return a payment, locked until the transaction ends."""
    wanted = select(Payment).where(Payment.reservation_id == reservation_id, Payment.part == part)
    return session.scalars(wanted.with_for_update()).one()


def lock_by_id(session: Session, payment_id: int) -> Payment:
    """Return a payment, locked until the transaction ends and as it is now."""
    return lock_all(session, [payment_id])[payment_id]


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


def _note(payment: Payment, answer: Answer) -> Iterator[Line | Event]:
    """Let an undecided payment be what the provider said; yield what is to be told of it."""
    payment.provider_ref = answer.provider_ref
    if answer.outcome == "open":
        if payment.status is Status.PENDING:
            yield _step(payment, Status.OPEN)
        payment.status, payment.address = Status.OPEN, answer.address
        payment.due_at = now(seconds=INVOICE_SECONDS)
    elif answer.outcome in {"authorized", "captured"}:
        yield from _decide(payment, Status.AUTHORIZED)
    else:
        yield from _decide(payment, Status.FAILED, reason=answer.reason or f"invoice_{answer.outcome}")


def _decide(payment: Payment, status: Status, *, reason: str | None = None) -> Iterator[Line | Event]:
    payment.status, payment.due_at = status, None
    payment.reason = reason or payment.reason
    yield _step(payment, status, **({"reason": reason} if reason else {}))
    if status is Status.FAILED:
        yield PaymentFailed(**events_of(payment), reason=reason or "declined")
    elif payment.goal is Goal.AUTHORIZE:
        # One that is to be voided is never announced: nobody may build on it.
        yield PaymentAuthorized(**events_of(payment))


def _step(payment: Payment, outcome: Status, **detail: str) -> Line:
    return Line(
        payment.correlation_id,
        kind="step",
        name="authorize payment",
        detail={"authId": payment.auth_id, "part": payment.part, "outcome": outcome, **detail},
    )


def tell(session: Session, said: Iterable[Line | Event]) -> None:
    told = list(said)
    journal.write(session, *(each for each in told if isinstance(each, Line)))
    outbox.record(session, *(each for each in told if isinstance(each, Event)))


def _void_if_over(payment: Payment, payable: Any) -> None:
    """Void at once what was authorized for a reservation that has failed in the meantime."""
    if payment.status not in OVER:
        if payable is not None and payable.state in ENDED:
            payment.goal, payment.reason = Goal.VOID, payable.reason
        if payment.goal is Goal.VOID:
            payment.due_at = now()


def _lock_payables(session: Session, reservation_ids: Collection[int]) -> dict[int, Any]:
    """Return `(reservation_id, state, reason)` of those reservations of which anything was heard, locked."""
    # A locking read: whoever hears that a reservation failed waits for us, or we see that it did.
    wanted = _PAYABLE.where(Payable.reservation_id.in_(reservation_ids))
    return {row.reservation_id: row for row in session.execute(wanted)}


def lock_all(session: Session, payment_ids: Collection[int]) -> dict[int, Payment]:
    # In one order, so that two who want the same ones do not lock each other out.
    wanted = select(Payment).where(Payment.id.in_(payment_ids)).order_by(Payment.id).with_for_update()
    return {payment.id: payment for payment in session.scalars(wanted.execution_options(populate_existing=True))}


def _wanted(command: PaymentAuthorizeRequested) -> dict[str, Any]:
    money = Money.of(command.amount, command.currency)
    return {
        "reservation_id": command.reservation_id,
        "part": command.part,
        "correlation_id": command.correlation_id,
        "kind": command.payment_method.kind,
        "token": command.payment_method.token,
        "amount_minor": money.minor,
        "currency": money.currency,
        "status": Status.PENDING,
        "goal": Goal.AUTHORIZE,
        "reason": None,
        "pay_by": command.pay_by,
    }


def _insert_those_new(
    session: Session, wanted: Sequence[dict[str, Any]], *, due_at: Any
) -> dict[tuple[int, int], Payment]:
    """Return payments by reservation and part, made as `wanted` where there are none, all locked."""
    # In one order, as they are locked.
    rows = [{"auth_id": new_auth_id(), **row} for row in sorted(wanted, key=itemgetter("reservation_id", "part"))]
    made = session.scalars(_INSERT.values(due_at=due_at), rows)
    payments = {(payment.reservation_id, payment.part): payment for payment in made}
    for row in rows:
        key = (row["reservation_id"], row["part"])
        if key not in payments:
            payments[key] = lock(session, reservation_id=key[0], part=key[1])
    return payments


def _invoice_seconds(session: Session, *, payment_id: int) -> int:
    row = session.execute(select(Payment, now().label("at")).where(Payment.id == payment_id).with_for_update()).one()
    payment: Payment = row.Payment
    if payment.invoice_seconds is None:
        left = (payment.pay_by - row.at).total_seconds() if payment.pay_by else 0.0
        payment.invoice_seconds = max(1, int(left))
    return payment.invoice_seconds
