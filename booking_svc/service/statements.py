"""What booking_svc states of its reservations to the auditor."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from booking_svc.domain.reservations import SeatState, Status
from booking_svc.models import Coupon, Reservation, Seat
from common.columns import now
from common.contracts.statements import ReservationStatement
from common.money import Money
from common.saga import saga_run


def reservations(session: Session, *, after: int, limit: int) -> Sequence[ReservationStatement]:
    """Return at most `limit` reservations with a key beyond `after`, in the order of their keys."""
    rows = session.execute(
        select(
            Reservation.id,
            Reservation.status,
            Reservation.price_minor,
            Reservation.currency,
            func.coalesce(Reservation.completed_at, Reservation.created_at).label("changed_at"),
            saga_run.c.deadline,
            saga_run.c.ended_at,
            now().label("at"),
        )
        .outerjoin(saga_run, (saga_run.c.saga == Reservation.saga) & (saga_run.c.subject_id == Reservation.id))
        .where(Reservation.id > after)
        .order_by(Reservation.id)
        .limit(limit)
    ).all()
    ids = [row.id for row in rows]
    sold = _count(session, Coupon.reservation_id, ids)
    tentative = _count(session, Seat.reservation_id, ids, Seat.state == SeatState.TENTATIVE)
    held = _count(session, Seat.reservation_id, ids, Seat.state == SeatState.HELD)
    return [
        ReservationStatement(
            number=row.id,
            status=row.status,
            currency=row.currency,
            price=Money(row.price_minor, row.currency).amount,
            kept=_kept(row.status, Money(row.price_minor, row.currency)),
            seats_sold=sold.get(row.id, 0),
            seats_tentative=tentative.get(row.id, 0),
            seats_held=held.get(row.id, 0),
            quiet_seconds=_since(row.changed_at, row.at),
            late_seconds=0.0 if row.deadline is None or row.ended_at else max(_since(row.deadline, row.at), 0.0),
        )
        for row in rows
    ]


def _count(
    session: Session, key: InstrumentedAttribute[int], ids: Sequence[int], *only: ColumnElement[bool]
) -> dict[int, int]:
    counted = select(key, func.count()).where(key.in_(ids), *only).group_by(key)
    return {row[0]: row[1] for row in session.execute(counted)}


def _kept(status: Status, price: Money) -> Decimal | None:
    if status is Status.PENDING:
        return None
    return price.amount if status is Status.CONFIRMED else Money(0, price.currency).amount


def _since(moment: datetime, at: datetime) -> float:
    return (at - moment).total_seconds()
