"""What booking_svc hears, and what it does about it."""

from booking_svc.service import departures, settling
from common.consumer import Handlers, whole_batches
from common.contracts.flight import FlightScheduled, SeatMapGenerated
from common.contracts.payment import PaymentAuthorized, PaymentFailed

HANDLERS: Handlers = {
    SeatMapGenerated: [whole_batches(departures.note_seat_maps)],
    FlightScheduled: [whole_batches(departures.note_scheduled)],
    PaymentAuthorized: [settling.note_authorized],
    PaymentFailed: [settling.note_payment_failed],
}
