"""What fare_svc hears, and what it does about it."""

from common.consumer import Handlers, whole_batches
from common.contracts import flight_v2
from common.contracts.flight import DepartureCancelled, DepartureDelayed, FlightScheduled
from fare_svc.service import changes, departures

HANDLERS: Handlers = {
    flight_v2.SeatMapGenerated: [whole_batches(departures.note_seat_maps)],
    FlightScheduled: [whole_batches(departures.note_scheduled)],
    DepartureDelayed: [whole_batches(changes.note_delayed)],
    DepartureCancelled: [whole_batches(changes.note_cancelled)],
}
