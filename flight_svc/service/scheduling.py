"""Putting departures on sale, by the timetable of a day."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, tuple_
from sqlalchemy.orm import Session

from common import outbox
from common.contracts.flight import FlightScheduled
from common.contracts.flight_v2 import SeatMapGenerated, cabins_of
from common.contracts.seat_map import SeatMap
from flight_svc.domain import seat_maps, times
from flight_svc.domain.flights import BadSchedule, Status, zone_of
from flight_svc.models import Departure, DrawnSeatMap, Flight

Names = tuple[str, int, str, str]


def schedule(session: Session, *, day: date, rows: Sequence[Mapping[str, Any]], correlation_id: UUID) -> dict[str, int]:
    """
    Put the departures of one local date on sale; return how many were created and how many were there already.

    A departure that is there stays as it is: loading a timetable twice changes nothing.

    :raises BadSchedule: if a row cannot be flown; then none is put on sale
    """
    planned = {_names(row): _plan(day, row, place) for place, row in enumerate(rows, start=1)}
    flights = _flights(session, planned)
    there = set(session.scalars(select(Departure.flight_id).where(Departure.local_date == day)))
    new = {flights[names]: plan for names, plan in planned.items() if flights[names] not in there}
    if not new:
        return {"created": 0, "unchanged": len(planned)}
    _draw(session, maps={plan["map"].key: plan["map"] for plan in new.values()}, correlation_id=correlation_id)
    session.execute(
        insert(Departure),
        [
            {
                "flight_id": flight_id,
                "local_date": day,
                "seat_map_key": plan["map"].key,
                "scheduled_departs_at": plan["facts"]["departs_at"],
                "status": Status.SCHEDULED,
                **plan["facts"],
            }
            for flight_id, plan in new.items()
        ],
    )
    numbers = dict(session.execute(select(Departure.flight_id, Departure.id).where(Departure.local_date == day)).all())
    by_id = {flight_id: names for names, flight_id in flights.items()}
    outbox.record(
        session,
        *(
            FlightScheduled(
                correlation_id=correlation_id,
                departure_id=numbers[flight_id],
                airline=by_id[flight_id][0],
                flight_number=by_id[flight_id][1],
                origin=by_id[flight_id][2],
                destination=by_id[flight_id][3],
                seat_map_key=plan["map"].key,
                **plan["facts"],
            )
            for flight_id, plan in new.items()
        ),
    )
    return {"created": len(new), "unchanged": len(planned) - len(new)}


def _names(row: Mapping[str, Any]) -> Names:
    return row["airline"], row["flight_number"], row["origin"], row["destination"]


def _plan(day: date, row: Mapping[str, Any], place: int) -> dict[str, Any]:
    """Work out the instants and the seat map of one row."""
    try:
        origin_zone, destination_zone = zone_of(row["origin"]), zone_of(row["destination"])
        departs_at, arrives_at = times.flight_times(
            day=day,
            departs=row["departs"],
            arrives=row["arrives"],
            origin_zone=origin_zone,
            destination_zone=destination_zone,
        )
        layout = seat_maps.generate(row["aircraft"], row["seats"])
    except KeyError as unknown:
        raise BadSchedule(f"Row {place}: there is no airport {unknown.args[0]}.", row=place) from None
    except ValueError as problem:
        raise BadSchedule(f"Row {place}: {problem}.", row=place) from None
    facts = {
        "departs_at": departs_at,
        "departs_local": times.local_iso(departs_at, origin_zone),
        "arrives_at": arrives_at,
        "arrives_local": times.local_iso(arrives_at, destination_zone),
        "distance_km": row["distance_km"],
    }
    return {"map": layout, "facts": facts}


def _flights(session: Session, wanted: Mapping[Names, Any]) -> dict[Names, int]:
    """Return the flight's key for each of the names, making those that are new."""
    key = (Flight.airline, Flight.flight_number, Flight.origin, Flight.destination)

    def known() -> dict[Names, int]:
        rows = session.execute(select(*key, Flight.id).where(tuple_(*key).in_(list(wanted))))
        return {(row[0], row[1], row[2], row[3]): row[4] for row in rows}

    found = known()
    missing = [
        dict(zip(("airline", "flight_number", "origin", "destination"), names, strict=True))
        for names in wanted
        if names not in found
    ]
    if missing:
        session.execute(insert(Flight), missing)
        found = known()
    return found


def _draw(session: Session, *, maps: Mapping[str, SeatMap], correlation_id: UUID) -> None:
    """Keep and tell the seat maps that are new."""
    drawn = set(session.scalars(select(DrawnSeatMap.key).where(DrawnSeatMap.key.in_(maps))))
    new = [layout for key, layout in maps.items() if key not in drawn]
    if not new:
        return
    session.execute(
        insert(DrawnSeatMap),
        [
            {"key": layout.key, "aircraft": layout.aircraft, "seats": layout.seat_count, "layout": layout.to_dict()}
            for layout in new
        ],
    )
    outbox.record(
        session,
        *(
            SeatMapGenerated(
                correlation_id=correlation_id,
                seat_map_key=layout.key,
                aircraft=layout.aircraft,
                seats=layout.seat_count,
                cabins=cabins_of(layout),
            )
            for layout in new
        ),
    )
