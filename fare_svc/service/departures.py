"""What fare_svc knows of departures, and the journeys they make."""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from common.columns import now
from common.contracts.flight import FlightScheduled
from common.contracts.flight_v2 import SeatMapGenerated
from common.db import upsert
from common.messages import newest
from fare_svc.domain.itineraries import MOST_FLIGHTS, Connecting, Hop, Journey, journeys
from fare_svc.models import Departure, KnownSeatMap
from fare_svc.service.changes import apply_changes

# No flight of an airline takes longer; it bounds how late the last flight of a journey may leave.
LONGEST_FLIGHT = timedelta(hours=20)

_FLYING = select(
    *(Departure.id, Departure.airline, Departure.flight_number, Departure.origin, Departure.destination),
    *(Departure.local_date, Departure.departs_at, Departure.departs_local, Departure.arrives_at),
    *(Departure.arrives_local, Departure.seat_map_key),
).where(Departure.cancelled.is_(False))


def note_scheduled(session: Session, events: Sequence[FlightScheduled]) -> None:
    """Remember departures, or what has changed about them; older news than what is known changes nothing."""
    upsert(
        session,
        Departure,
        [
            {
                "id": event.departure_id,
                "airline": event.airline,
                "flight_number": event.flight_number,
                "origin": event.origin,
                "destination": event.destination,
                "local_date": date.fromisoformat(event.departs_local[:10]),
                "departs_at": event.departs_at,
                "departs_local": event.departs_local,
                "arrives_at": event.arrives_at,
                "arrives_local": event.arrives_local,
                "seat_map_key": event.seat_map_key,
                "cancelled": False,
                "as_of": event.occurred_at,
            }
            for event in newest(events, of=lambda event: event.departure_id)
        ],
        only_if_newer="as_of",
    )
    apply_changes(session, departure_ids={event.departure_id for event in events})


def note_seat_maps(session: Session, events: Sequence[SeatMapGenerated]) -> None:
    """Remember which cabins layouts have; the same key always means the same layout, so the order does not matter."""
    maps = {event.seat_map_key: event.cabins for event in events}
    rows = [
        {"key": key, "cabins": {cabin.name: sum(len(row.seats) for row in cabin.rows) for cabin in cabins}}
        for key, cabins in maps.items()
    ]
    upsert(session, KnownSeatMap, rows)


def find_journeys(
    session: Session,
    *,
    origin: str,
    destination: str,
    day: date,
    cabin: str,
    passengers: int,
    connecting: Connecting,
    most: int,
) -> list[Journey]:
    """
    Return the `most` shortest journeys that leave on a local date, from now on, by aircraft with enough such seats.

    Whether the seats are still free is booking_svc's business, not known here.
    """

    large_enough = _seat_maps(session, cabin=cabin, passengers=passengers)

    def hops(*wanted: ColumnElement[bool]) -> list[Hop]:
        return _hops(session, *wanted, seat_maps=large_enough)

    first = hops(Departure.origin == origin, Departure.local_date == day, Departure.departs_at > now())
    if not first:
        return []
    # From both ends: where the first flights go, and from where flights to the destination leave.
    earliest = min(hop.arrives_at for hop in first) + connecting.least
    latest = max(hop.arrives_at for hop in first) + connecting.most
    latest_last = latest + (LONGEST_FLIGHT + connecting.most) * (MOST_FLIGHTS - 2)
    last = hops(Departure.destination == destination, *_leaving(earliest, latest_last), Departure.origin != origin)
    between = _between(hops, first=first, last=last, leaving=(earliest, latest))
    return journeys(first=first, onward=[*last, *between], destination=destination, connecting=connecting, most=most)


def _between(hops: Any, *, first: Sequence[Hop], last: Sequence[Hop], leaving: tuple[datetime, datetime]) -> list[Hop]:
    """Return the flights from where the first ones arrive to where the last ones leave."""
    starts: Collection[str] = {hop.destination for hop in first}
    ends: Collection[str] = {hop.origin for hop in last}
    if not ends:
        return []
    found: list[Hop] = hops(Departure.origin.in_(starts), Departure.destination.in_(ends), *_leaving(*leaving))
    return found


def _leaving(earliest: datetime, latest: datetime) -> tuple[ColumnElement[bool], ...]:
    return Departure.departs_at >= earliest, Departure.departs_at <= latest


def _seat_maps(session: Session, *, cabin: str, passengers: int) -> set[str]:
    """Return the keys of the seat maps with so many seats in a cabin: there are dozens, for thousands of departures."""
    known = session.execute(select(KnownSeatMap.key, KnownSeatMap.cabins))
    return {key for key, cabins in known if cabins.get(cabin, 0) >= passengers}


def _hops(session: Session, *wanted: ColumnElement[bool], seat_maps: Collection[str]) -> list[Hop]:
    # Columns, not objects: a search looks at hundreds of departures, and a session's care for each costs more than all
    # that is done with it.
    return [
        Hop(
            departure_id=departure_id,
            airline=airline,
            flight_number=flight_number,
            origin=origin,
            destination=destination,
            travel=travel,
            departs_at=departs_at,
            departs_local=departs_local,
            arrives_at=arrives_at,
            arrives_local=arrives_local,
        )
        for (
            departure_id,
            airline,
            flight_number,
            origin,
            destination,
            travel,
            departs_at,
            departs_local,
            arrives_at,
            arrives_local,
            seat_map,
        ) in session.execute(_FLYING.where(*wanted))
        if seat_map in seat_maps
    ]
