"""flight_svc: the events it publishes."""

from datetime import datetime
from typing import Any, ClassVar

from common.messages import Event, message


@message
class SeatMapGenerated(Event):
    """
    The layout of an aircraft type with a number of seats is known.

    Departures share it by its key; `seat_map` is the form that `common.contracts.seat_map` reads.
    """

    exchange: ClassVar[str] = "flight.events"

    seat_map_key: str
    aircraft: str
    seats: int
    seat_map: dict[str, Any]


@message
class FlightScheduled(Event):
    """
    A departure is on sale. Times are UTC; the local ones carry their airport's offset of that day.

    `distance_km` is the great-circle distance; airports and airlines are IATA codes.
    """

    exchange: ClassVar[str] = "flight.events"

    departure_id: int
    airline: str
    flight_number: int
    origin: str
    destination: str
    departs_at: datetime
    departs_local: str
    arrives_at: datetime
    arrives_local: str
    distance_km: int
    seat_map_key: str


@message
class DepartureDelayed(Event):
    """
    A departure leaves at another time than was told before: later, or again earlier, never before the timetable's.

    Times are UTC; the local ones carry their airport's offset of that day. `reason` is what the operator gave.
    """

    exchange: ClassVar[str] = "flight.events"

    departure_id: int
    airline: str
    flight_number: int
    departs_at: datetime
    departs_local: str
    arrives_at: datetime
    arrives_local: str
    previous_departs_at: datetime
    reason: str


@message
class DepartureCancelled(Event):
    """A departure does not fly, for good; every reservation on it is cancelled. `reason` is what the operator gave."""

    exchange: ClassVar[str] = "flight.events"

    departure_id: int
    airline: str
    flight_number: int
    reason: str
