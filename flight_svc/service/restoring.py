"""After a restore: departures that others know, and sell seats on, are made again with their numbers."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from common.contracts.statements import DepartureStatement
from common.db import Database
from common.restoring import Difference, Told
from flight_svc.domain import seat_maps
from flight_svc.domain.flights import Status
from flight_svc.models import Departure, DrawnSeatMap, Flight

#: What changes about a departure after it was put on sale.
_CHANGES = ("departs_at", "departs_local", "arrives_at", "arrives_local")


def restore(database: Database, told: Told) -> list[Difference]:
    """Bring every departure to what booking_svc was told of it; return the differences."""
    return [found for each in told.departures for found in database.write(bring_up, statement=each)]


def bring_up(session: Session, *, statement: DepartureStatement) -> list[Difference]:
    """Make one departure again, or let it be as delayed or cancelled as it was told to be."""
    subject = f"departure {statement.number}"
    name = f"{statement.airline} {statement.flight_number} of {statement.local_date}"
    known = session.get(Departure, statement.number)
    if known is None:
        there = session.scalar(_same(statement))
        if there is not None:
            what = f"{name} is departure {there} here, and {statement.number} where it is sold"
            return [Difference(subject=subject, what=what, todo=f"cancel departure {there}: nobody sells it")]
        _insert(session, statement)
        return [Difference(subject=subject, what=f"{name} was put on sale after the backup", healed="made again")]
    changed = {field: getattr(statement, field) for field in _CHANGES}
    wanted = changed | {"status": Status(statement.status), "status_reason": statement.status_reason}
    if all(getattr(known, field) == value for field, value in wanted.items()) or _further(known, statement):
        return []
    was = known.status
    for field, value in wanted.items():
        setattr(known, field, value)
    what = f"{name} was {was} when the backup was made, and {statement.status} when that was lost"
    return [Difference(subject=subject, what=what, healed=f"{statement.status}, as everybody was told")]


def _further(known: Departure, statement: DepartureStatement) -> bool:
    """Tell whether ours is further on than what was told: its event is on its way."""
    order = list(Status)
    return order.index(known.status) > order.index(Status(statement.status))


def _same(statement: DepartureStatement) -> Any:
    return select(Departure.id).join(Flight).where(*_names(statement), Departure.local_date == statement.local_date)


def _names(statement: DepartureStatement) -> tuple[Any, ...]:
    return tuple(getattr(Flight, name) == value for name, value in _key(statement).items())


def _key(statement: DepartureStatement) -> Mapping[str, Any]:
    return {name: getattr(statement, name) for name in ("airline", "flight_number", "origin", "destination")}


def _insert(session: Session, statement: DepartureStatement) -> None:
    flight_id = session.scalar(select(Flight.id).where(*_names(statement)))
    if flight_id is None:
        flight = Flight(**_key(statement))
        session.add(flight)
        session.flush()  # for its key
        flight_id = flight.id
    # The same aircraft with as many seats is always drawn alike, under the same key.
    layout = seat_maps.generate(statement.aircraft, statement.seats)
    if session.get(DrawnSeatMap, layout.key) is None:
        drawn = {"key": layout.key, "aircraft": layout.aircraft, "seats": layout.seat_count}
        session.add(DrawnSeatMap(**drawn, layout=layout.to_dict()))
        session.flush()  # for the key that the departure points to
    session.add(
        Departure(
            id=statement.number,
            flight_id=flight_id,
            local_date=statement.local_date,
            distance_km=statement.distance_km,
            seat_map_key=layout.key,
            # What the timetable said is lost; a departure that is late counts its delay from here.
            scheduled_departs_at=statement.departs_at,
            status=Status(statement.status),
            status_reason=statement.status_reason,
            **{field: getattr(statement, field) for field in _CHANGES},
        )
    )
