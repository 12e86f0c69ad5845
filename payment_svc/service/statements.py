"""What payment_svc states of its payments to the auditor, and how they compare with the provider's ledger."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from common.columns import now
from common.contracts.statements import AuthorizationStatement, PaymentStatement, ProviderStatement
from common.db import Database
from common.money import Money
from payment_svc.domain import NO_CURRENCY, Status
from payment_svc.models import Payment, Refund
from payment_svc.provider import Answer, Bank

#: What the provider may say of a payment that is so with us; a payment on its way may be either.
_AGREES = {
    Status.PENDING: {"open", "authorized", "voided", "expired"},
    Status.OPEN: {"open", "authorized", "expired"},
    Status.AUTHORIZED: {"authorized"},
    Status.CAPTURED: {"captured"},
    Status.REFUNDED: {"captured", "refunded"},
    Status.VOIDED: {"voided", "expired", "refunded"},
    Status.FAILED: {"voided", "expired", "refunded"},
}


def payments(session: Session, *, after: int, limit: int) -> Sequence[PaymentStatement]:
    """Return the payments of at most `limit` reservations with a key beyond `after`, in the order of their keys."""
    page = (
        select(Payment.reservation_id)
        .where(Payment.reservation_id > after, Payment.currency != NO_CURRENCY)
        .group_by(Payment.reservation_id)
        .order_by(Payment.reservation_id)
        .limit(limit)
    )
    ids = session.scalars(page).all()
    authorized = case((Payment.status == Status.AUTHORIZED, Payment.amount_minor), else_=0)
    captured = case((Payment.status.in_([Status.CAPTURED, Status.REFUNDED]), Payment.amount_minor), else_=0)
    undecided = case((Payment.status == Status.PENDING, Payment.created_at))
    rows = session.execute(
        select(
            Payment.reservation_id,
            func.min(Payment.currency).label("currency"),
            func.sum(authorized).label("authorized"),
            func.sum(captured).label("captured"),
            func.min(undecided).label("undecided_since"),
            now().label("at"),
        )
        .where(Payment.reservation_id.in_(ids), Payment.currency != NO_CURRENCY)
        .group_by(Payment.reservation_id)
        .order_by(Payment.reservation_id)
    ).all()
    refunded = dict(
        session.execute(
            select(Payment.reservation_id, func.sum(Refund.amount_minor))
            .join(Payment, Payment.id == Refund.payment_id)
            .where(Payment.reservation_id.in_(ids), Refund.issued_at.is_not(None))
            .group_by(Payment.reservation_id)
        ).all()
    )
    return [
        PaymentStatement(
            number=row.reservation_id,
            currency=row.currency,
            authorized=Money(int(row.authorized), row.currency).amount,
            captured=Money(int(row.captured), row.currency).amount,
            refunded=Money(int(refunded.get(row.reservation_id, 0)), row.currency).amount,
            undecided_seconds=0.0 if row.undecided_since is None else (row.at - row.undecided_since).total_seconds(),
        )
        for row in rows
    ]


def provider(database: Database, bank: Bank, *, after: int, limit: int) -> Sequence[ProviderStatement]:
    """
    Return at most `limit` authorizations of the provider after a number of its list, each beside ours.

    :raises ProviderTrouble: if the provider does not answer
    """
    page = bank.page(after=after, limit=limit)
    ours = database.read(_known, references=[answer.reference for _, answer in page])
    return [_compare(number, answer, ours.get(answer.reference)) for number, answer in page]


def authorizations(database: Database, bank: Bank, *, after: int, limit: int) -> Sequence[AuthorizationStatement]:
    """
    Return at most `limit` authorizations that we believe a provider holds, after a number, in the order of numbers.

    :raises ProviderTrouble: if the provider does not answer
    """
    # Ours are read first: what is believed in by then, the provider has said before.
    ours = database.read(_believed, after=after, limit=limit)
    held = bank.known(references=[auth_id for _, auth_id, _ in ours])
    return [
        AuthorizationStatement(number=number, auth_id=auth_id, ours=said, held=auth_id in held)
        for number, auth_id, said in ours
    ]


def _believed(session: Session, *, after: int, limit: int) -> list[tuple[int, str, str]]:
    """Return number, public name and state, in words, of payments whose money an outside provider set aside."""
    rows = session.scalars(
        select(Payment)
        .where(Payment.id > after, Payment.provider_ref.is_not(None))
        .where(Payment.status.in_([Status.AUTHORIZED, Status.CAPTURED, Status.REFUNDED]))
        .order_by(Payment.id)
        .limit(limit)
    )
    return [(row.id, row.auth_id, _words(row.status, row.amount_minor, 0)) for row in rows]


def _known(session: Session, *, references: Sequence[str | None]) -> dict[str | None, tuple[Status, int, int]]:
    """Return status, amount and issued refunds by the public name of a payment."""
    refunds = (
        select(Refund.payment_id, func.sum(Refund.amount_minor).label("minor"))
        .where(Refund.issued_at.is_not(None))
        .group_by(Refund.payment_id)
        .subquery()
    )
    rows: Any = session.execute(
        select(Payment.auth_id, Payment.status, Payment.amount_minor, func.coalesce(refunds.c.minor, 0))
        .outerjoin(refunds, refunds.c.payment_id == Payment.id)
        .where(Payment.auth_id.in_(references))
    )
    return {auth_id: (status, amount, int(refunded)) for auth_id, status, amount, refunded in rows}


def _compare(number: int, theirs: Answer, ours: tuple[Status, int, int] | None) -> ProviderStatement:
    told = _words(theirs.outcome, theirs.amount_minor or 0, theirs.refunded_minor or 0)
    if ours is None:
        # Money that is set aside or taken under our name, and we know nothing of it.
        agrees, said = theirs.outcome in {"voided", "expired", "refunded", "open"}, None
    else:
        status, amount, refunded = ours
        agrees = theirs.outcome in _AGREES[status] and amount == theirs.amount_minor
        agrees = agrees and refunded == (theirs.refunded_minor or 0)
        said = _words(status, amount, refunded)
    return ProviderStatement(number=number, auth_id=theirs.reference or "", ours=said, theirs=told, agrees=agrees)


def _words(state: str, amount_minor: int, refunded_minor: int) -> str:
    back = f", {refunded_minor} of it given back" if refunded_minor else ""
    return f"{state} {amount_minor}{back}"
