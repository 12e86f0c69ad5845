"""flight_svc: second versions of events it publishes, and how each is told from the first and as the first."""

from typing import ClassVar

from common.contracts import flight
from common.contracts.seat_map import SeatMap
from common.messages import Event, Unreadable, message


@message
class SeatMapRow:
    """The row of a `number`; `seats` are the letters of its seats from left to right, ABCDEF."""

    number: int
    seats: str


@message
class SeatMapCabin:
    """Rows with one layout; `columns` are the groups of letters between the aisles, such as ABC and DEF."""

    name: str
    columns: list[str]
    exit_rows: list[int]
    rows: list[SeatMapRow]


@message
class SeatMapGenerated(Event):
    """
    The layout of an aircraft type with a number of seats is known.

    Departures share it by its key. Version 1 had the layout in an object of a form that its contract does not say;
    here every field of it is named, so that any reader, and Avro, can understand it.
    """

    exchange: ClassVar[str] = "flight.events"
    version: ClassVar[int] = 2

    seat_map_key: str
    aircraft: str
    seats: int
    cabins: list[SeatMapCabin]


def cabins_of(layout: SeatMap) -> list[SeatMapCabin]:
    """Return the cabins of a layout as this event tells them."""
    return [
        SeatMapCabin(
            name=cabin.name,
            columns=list(cabin.columns),
            exit_rows=[row.number for row in cabin.rows if row.exit_row],
            rows=[SeatMapRow(number=row.number, seats=row.letters) for row in cabin.rows],
        )
        for cabin in layout.cabins
    ]


def seat_map_from_v1(event: flight.SeatMapGenerated) -> SeatMapGenerated:
    """
    Return what version 1 says, as version 2.

    :raises Unreadable: if its layout is none
    """
    try:
        cabins = cabins_of(SeatMap.from_dict(event.seat_map))
    except ValueError as error:
        raise Unreadable(f"SeatMapGenerated v1 of {event.seat_map_key}: {error}") from error
    return SeatMapGenerated(
        correlation_id=event.correlation_id,
        event_id=event.event_id,
        occurred_at=event.occurred_at,
        seat_map_key=event.seat_map_key,
        aircraft=event.aircraft,
        seats=event.seats,
        cabins=cabins,
    )


def seat_map_to_v1(event: SeatMapGenerated) -> flight.SeatMapGenerated:
    """Return what version 2 says, for those who still read version 1."""
    cabins = [
        {
            "name": cabin.name,
            "columns": list(cabin.columns),
            "exitRows": list(cabin.exit_rows),
            "rows": [{"number": row.number, "seats": row.seats} for row in cabin.rows],
        }
        for cabin in event.cabins
    ]
    return flight.SeatMapGenerated(
        correlation_id=event.correlation_id,
        event_id=event.event_id,
        occurred_at=event.occurred_at,
        seat_map_key=event.seat_map_key,
        aircraft=event.aircraft,
        seats=event.seats,
        seat_map={"key": event.seat_map_key, "aircraft": event.aircraft, "cabins": cabins},
    )
