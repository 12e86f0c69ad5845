"""Looking up departures, and what their airlines are called."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from common.contracts.airline import AirlineUpdated
from common.db import upsert
from common.messages import newest
from flight_svc.domain.flights import UnknownDeparture
from flight_svc.models import AirlineName, Departure, Flight


def search(
    session: Session, *, origin: str, destination: str, day: date, first: int, count: int
) -> tuple[list[Departure], int]:
    """Return the departures of one local date between two airports, earliest first, and how many there are in all."""
    wanted = [Flight.origin == origin, Flight.destination == destination, Departure.local_date == day]
    total = session.scalar(select(func.count()).select_from(Departure).join(Flight).where(*wanted)) or 0
    found = session.scalars(
        select(Departure)
        .join(Flight)
        .where(*wanted)
        .order_by(Departure.departs_at, Departure.id)
        .offset(first)
        .limit(count)
    )
    return list(found), total


def find(session: Session, *, departure_id: int) -> Departure:
    """
    Return a departure.

    :raises UnknownDeparture: if there is none of this number
    """
    found = session.get(Departure, departure_id)
    if found is None:
        raise UnknownDeparture(f"There is no departure {departure_id}.")
    return found


def airline_names(session: Session) -> dict[str, str]:
    """Return the name of every airline that is known, by its code."""
    return dict(session.execute(select(AirlineName.code, AirlineName.name)).all())


def note_airlines(session: Session, events: Sequence[AirlineUpdated]) -> None:
    """Remember what airlines are called; older news than what is known changes nothing."""
    latest = newest(events, of=lambda event: event.code)
    rows = [{"code": event.code, "name": event.name, "as_of": event.occurred_at} for event in latest]
    upsert(session, AirlineName, rows, only_if_newer="as_of")
