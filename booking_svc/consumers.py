"""What booking_svc hears, and what it does about it."""

from booking_svc.service import changes, departures, disrupting, fares, settling
from common.consumer import Handlers, whole_batches
from common.contracts.fare import FareUpdated
from common.contracts.flight import DepartureCancelled, DepartureDelayed, FlightScheduled, SeatMapGenerated
from common.contracts.payment import PaymentAuthorized, PaymentFailed, PaymentVoided, RefundIssued

HANDLERS: Handlers = {
    SeatMapGenerated: [whole_batches(departures.note_seat_maps)],
    FlightScheduled: [whole_batches(departures.note_scheduled)],
    DepartureDelayed: [whole_batches(changes.note_delayed)],
    DepartureCancelled: [whole_batches(changes.note_cancelled), disrupting.note_departure_cancelled],
    FareUpdated: [whole_batches(fares.note_fares)],
    PaymentAuthorized: [settling.note_authorized],
    PaymentFailed: [settling.note_payment_failed],
    PaymentVoided: [settling.note_voided],
    RefundIssued: [settling.note_refunded],
}
