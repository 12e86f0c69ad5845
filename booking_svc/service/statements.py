"""What booking_svc states of its reservations to the auditor, and of departures to flight_svc."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Row, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from booking_svc.domain.reservations import SeatState, Status
from booking_svc.models import Coupon, Departure, KnownSeatMap, Reservation, Seat, SeenPayment
from common.columns import now
from common.contracts.statements import DepartureStatement, ReservationStatement
from common.money import Money
from common.saga import saga_run


def reservations(session: Session, *, after: int, limit: int) -> Sequence[ReservationStatement]:
    """Return at most `limit` reservations with a key beyond `after`, in the order of their keys."""
    rows = session.execute(
        select(
            Reservation.id,
            Reservation.status,
            Reservation.price_minor,
            Reservation.refund_minor,
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
    paid = _paid(session, [row.id for row in rows if row.refund_minor is not None])
    return [
        ReservationStatement(
            number=row.id,
            status=row.status,
            currency=row.currency,
            price=Money(row.price_minor, row.currency).amount,
            kept=_kept(row, paid=paid.get(row.id, 0)),
            seats_sold=sold.get(row.id, 0),
            seats_tentative=tentative.get(row.id, 0),
            seats_held=held.get(row.id, 0),
            quiet_seconds=_since(row.changed_at, row.at),
            late_seconds=0.0 if row.deadline is None or row.ended_at else max(_since(row.deadline, row.at), 0.0),
        )
        for row in rows
    ]


def departures(session: Session, *, after: int, limit: int) -> Sequence[DepartureStatement]:
    """Return at most `limit` departures with a key beyond `after`, as flight_svc told them."""
    rows = session.execute(
        select(Departure, KnownSeatMap.aircraft, KnownSeatMap.seats)
        .join(KnownSeatMap, KnownSeatMap.key == Departure.seat_map_key)
        .where(Departure.id > after)
        .order_by(Departure.id)
        .limit(limit)
    )
    names = [
        *("airline", "flight_number", "origin", "destination", "departs_at", "departs_local", "arrives_at"),
        *("arrives_local", "local_date", "distance_km", "status", "status_reason", "as_of"),
    ]
    return [
        DepartureStatement(
            number=row.Departure.id,
            aircraft=row.aircraft,
            seats=row.seats,
            **{name: getattr(row.Departure, name) for name in names},
        )
        for row in rows
    ]


def _count(
    session: Session, key: InstrumentedAttribute[int], ids: Sequence[int], *only: ColumnElement[bool]
) -> dict[int, int]:
    counted = select(key, func.count()).where(key.in_(ids), *only).group_by(key)
    return {row[0]: row[1] for row in session.execute(counted)}


def _paid(session: Session, ids: Sequence[int]) -> dict[int, int]:
    """Return what was authorized for reservations and not let go by the bank itself, in minor units."""
    sums = (
        select(SeenPayment.reservation_id, func.sum(SeenPayment.amount_minor))
        .where(SeenPayment.reservation_id.in_(ids), SeenPayment.status.in_(("authorized", "voided")))
        .group_by(SeenPayment.reservation_id)
    )
    return {row[0]: int(row[1]) for row in session.execute(sums)}


def _kept(row: Row[Any], *, paid: int) -> Decimal | None:
    if row.status is Status.PENDING:
        return None
    if row.status is Status.CONFIRMED:
        return Money(row.price_minor, row.currency).amount
    # Cancelled by the rules of its fares, its fee is kept; else nothing is.
    fee = 0 if row.refund_minor is None else paid - row.refund_minor
    return Money(fee, row.currency).amount


def _since(moment: datetime, at: datetime) -> float:
    return (at - moment).total_seconds()
