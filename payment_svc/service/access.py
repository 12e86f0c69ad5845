"""Whose a payment is: that of its reservation, by the same rule as in booking_svc, told by ReservationInitiated."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from common.auth import Caller, Role, Scope, opened_by
from payment_svc.domain import PaymentNotFound
from payment_svc.models import Payable, Payment, Wallet


def payable(session: Session, *, caller: Caller, locator: str, token: str) -> Payable:
    """
    Return what is known of a reservation to somebody who may pay it.

    Those are who shows its access token, its owner, an agent of an airline that flies one of its departures, an
    operator, an admin, and a service with the scope. Everybody else is refused as if there were none.

    :raises PaymentNotFound: if there is no such reservation, its news has not come yet, or it is not theirs
    """
    found = session.scalar(select(Payable).where(Payable.locator == locator))
    reservation_id = found.reservation_id if found else None
    if not _is_theirs(found, caller, token, Scope.PAYMENTS_WRITE, reservation_id) or found is None:
        raise PaymentNotFound("There is no reservation of this locator to be paid, or it is not yours.")
    return found


def payment(session: Session, *, caller: Caller, auth_id: str, token: str) -> Payment:
    """
    Return a payment by its public name to somebody who may read its reservation.

    :raises PaymentNotFound: if there is none, or it is not theirs
    """
    row = session.execute(
        select(Payment, Payable)
        .outerjoin(Payable, Payable.reservation_id == Payment.reservation_id)
        .where(Payment.auth_id == auth_id)
    ).one_or_none()
    # The token names its reservation itself, so that it opens a payment also before the reservation's own news came.
    reservation_id = row.Payment.reservation_id if row else None
    if not _is_theirs(row and row.Payable, caller, token, Scope.RESERVATIONS_READ, reservation_id) or row is None:
        raise PaymentNotFound("There is no such payment, or it is not yours.")
    found: Payment = row.Payment
    return found


def wallet(session: Session, *, caller: Caller, token: str) -> Wallet:
    """
    Return a wallet to who opened it, or to an operator or admin.

    :raises PaymentNotFound: if there is none, or it is not theirs
    """
    found = session.scalar(select(Wallet).where(Wallet.token == token))
    opener = found is not None and caller.role is not Role.ANONYMOUS and found.owner == caller.name
    if not (opener or _runs_the_system(caller)) or found is None:
        raise PaymentNotFound("There is no such wallet, or it is not yours.")
    return found


def _is_theirs(known: Payable | None, caller: Caller, token: str, scope: Scope, reservation_id: int | None) -> bool:
    opened = opened_by(token)
    shown = (
        opened is not None
        and opened.reservation_id == reservation_id
        and (known is None or opened.locator == known.locator)
    )
    owner, airlines = (known.owner, known.airlines or ()) if known else (None, ())
    return (
        shown
        or (caller.role in {Role.TRAVELLER, Role.AGENT} and caller.name == owner)
        or (caller.role is Role.AGENT and caller.airline in airlines)
        or (caller.role is Role.SERVICE and scope in caller.scopes)
        or _runs_the_system(caller)
    )


def _runs_the_system(caller: Caller) -> bool:
    return caller.role in {Role.OPERATOR, Role.ADMIN}
