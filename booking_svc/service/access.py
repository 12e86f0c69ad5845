"""Whose a reservation is: the one place that decides who reads and changes it."""

from sqlalchemy import ColumnElement, or_, select, true
from sqlalchemy.orm import Session

from booking_svc.domain.reservations import ReservationNotFound
from booking_svc.models import Coupon, Departure, Reservation
from common.auth import Caller, Role, Scope, opened_by
from common.errors import NotAllowed

#: Who owns what they book. A service account does not: its key is good for its scopes.
OWNERS = frozenset({Role.TRAVELLER, Role.AGENT})


def readable(
    session: Session, *, caller: Caller, locator: str, token: str, scope: Scope = Scope.RESERVATIONS_READ
) -> Reservation:
    """
    Return a reservation to somebody who may read it: who shows its access token, its owner, an agent of an airline that
    flies one of its departures, an operator, an admin, or a service whose key has `scope`.

    One that is somebody else's and one that does not exist are refused alike, after the same questions.

    :raises ReservationNotFound: if there is none, or it is not theirs
    """
    opened = opened_by(token)
    rows = session.execute(
        select(Reservation.id, Reservation.owner, Departure.airline)
        .outerjoin(Coupon, Coupon.reservation_id == Reservation.id)
        .outerjoin(Departure, Departure.id == Coupon.departure_id)
        .where(Reservation.locator == locator)
    ).all()
    allowed = (
        (opened is not None and (opened.locator, opened.reservation_id) in {(locator, row.id) for row in rows})
        or (caller.role in OWNERS and caller.name in {row.owner for row in rows})
        or (caller.role is Role.AGENT and caller.airline in {row.airline for row in rows} - {None})
        or (caller.role is Role.SERVICE and scope in caller.scopes)
        or caller.role in {Role.OPERATOR, Role.ADMIN}
    )
    if not rows or not allowed:
        raise ReservationNotFound("There is no such reservation, or it is not yours.")
    return session.get_one(Reservation, rows[0].id)


def changeable(session: Session, *, caller: Caller, locator: str, token: str) -> Reservation:
    """
    Return a reservation to somebody who may change it: who may read it, and whose key, if by one, may write.

    :raises ReservationNotFound: if there is none, or it is not theirs
    """
    return readable(session, caller=caller, locator=locator, token=token, scope=Scope.RESERVATIONS_WRITE)


def theirs(caller: Caller) -> ColumnElement[bool]:
    """Return which reservations are listed to a caller, as a condition for a query of `Reservation`."""
    if caller.role in {Role.OPERATOR, Role.ADMIN, Role.SERVICE}:
        return true()
    if caller.role is Role.AGENT and caller.airline:
        flown = (
            select(Coupon.id)
            .join(Departure, Departure.id == Coupon.departure_id)
            .where(Coupon.reservation_id == Reservation.id, Departure.airline == caller.airline)
        )
        return or_(Reservation.owner == caller.name, flown.exists())
    return Reservation.owner == caller.name


def owner_of_new(caller: Caller) -> str | None:
    """
    Return the owner of what a caller books: the caller's name if somebody is logged in.

    :raises NotAllowed: if it is a service whose key may not write
    """
    if caller.role is Role.SERVICE and Scope.RESERVATIONS_WRITE not in caller.scopes:
        raise NotAllowed(f"The key does not have the scope {Scope.RESERVATIONS_WRITE}.")
    return caller.name if caller.role in OWNERS else None
