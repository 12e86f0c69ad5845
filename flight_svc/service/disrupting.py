"""Delaying and cancelling departures: an operator's word, told to everybody who sells or flies on them."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from common import audit, outbox
from common.auth import Caller
from common.contracts.flight import DepartureCancelled, DepartureDelayed
from flight_svc.domain import times
from flight_svc.domain.flights import (
    MOST_MINUTES,
    BadDelay,
    DepartureIsCancelled,
    Status,
    UnknownDeparture,
    zone_of,
)
from flight_svc.models import Departure


def delay(
    session: Session,
    *,
    departure_id: int,
    minutes: int | None = None,
    departs_local: str | None = None,
    reason: str,
    by: Caller,
    correlation_id: UUID,
) -> Departure:
    """
    Let a departure leave later than the timetable says, by `minutes` or at the origin's `departs_local`; return it.

    It flies as long as before. A delay may be corrected by another; the same one again changes nothing.

    :raises UnknownDeparture: if there is none of this number
    :raises DepartureIsCancelled: if it does not fly
    :raises BadDelay: if the new time cannot be read, is not after that of the timetable, or is more than two days later
    """
    departure = _lock(session, departure_id)
    if departure.status is Status.CANCELLED:
        raise DepartureIsCancelled(f"Departure {departure_id} is cancelled, so it cannot be delayed.")
    leaves = _new_time(departure, minutes=minutes, departs_local=departs_local)
    if leaves == departure.departs_at and departure.status is Status.DELAYED:
        return departure
    previous = departure.departs_at
    arrives = departure.arrives_at + (leaves - previous)
    departure.departs_at, departure.arrives_at = leaves, arrives
    departure.departs_local = times.local_iso(leaves, zone_of(departure.flight.origin))
    departure.arrives_local = times.local_iso(arrives, zone_of(departure.flight.destination))
    departure.status, departure.status_reason = Status.DELAYED, reason
    outbox.record(
        session,
        DepartureDelayed(
            correlation_id=correlation_id,
            departure_id=departure.id,
            airline=departure.flight.airline,
            flight_number=departure.flight.flight_number,
            departs_at=leaves,
            departs_local=departure.departs_local,
            arrives_at=arrives,
            arrives_local=departure.arrives_local,
            previous_departs_at=previous,
            reason=reason,
        ),
    )
    audit.record(
        session,
        by=by,
        act="delay departure",
        subject=f"departure {departure.id}",
        reason=reason,
        correlation_id=correlation_id,
        departsLocal=departure.departs_local,
    )
    return departure


def cancel(session: Session, *, departure_id: int, reason: str, by: Caller, correlation_id: UUID) -> Departure:
    """
    Cancel a departure for good and return it; one that is cancelled already stays as it is.

    :raises UnknownDeparture: if there is none of this number
    """
    departure = _lock(session, departure_id)
    if departure.status is Status.CANCELLED:
        return departure
    departure.status, departure.status_reason = Status.CANCELLED, reason
    outbox.record(
        session,
        DepartureCancelled(
            correlation_id=correlation_id,
            departure_id=departure.id,
            airline=departure.flight.airline,
            flight_number=departure.flight.flight_number,
            reason=reason,
        ),
    )
    audit.record(
        session,
        by=by,
        act="cancel departure",
        subject=f"departure {departure.id}",
        reason=reason,
        correlation_id=correlation_id,
    )
    return departure


def _lock(session: Session, departure_id: int) -> Departure:
    # News of one departure must leave in the order in which it was decided: whoever comes second waits here.
    wanted = select(Departure).where(Departure.id == departure_id).with_for_update(of=Departure)
    departure = session.scalar(wanted)
    if departure is None:
        raise UnknownDeparture(f"There is no departure {departure_id}.")
    return departure


def _new_time(departure: Departure, *, minutes: int | None, departs_local: str | None) -> datetime:
    planned = departure.scheduled_departs_at
    if departs_local is None:
        return planned + timedelta(minutes=minutes or 0)
    try:
        leaves = times.instant_of(departs_local, zone=zone_of(departure.flight.origin))
    except ValueError as problem:
        raise BadDelay(f"{departs_local} is no time: {problem}.") from None
    if not planned < leaves <= planned + timedelta(minutes=MOST_MINUTES):
        raise BadDelay(
            f"Departure {departure.id} leaves at {planned:%Y-%m-%d %H:%M} UTC by the timetable; {departs_local} is not "
            f"within {MOST_MINUTES // 60} hours after that."
        )
    return leaves
