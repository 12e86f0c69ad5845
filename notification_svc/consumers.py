"""What notification_svc hears, and what it does about it."""

from common.consumer import Handlers
from common.contracts.booking import (
    ItineraryRecorded,
    ReservationCancelled,
    ReservationConfirmed,
    ReservationFailed,
    ReservationInitiated,
    SeatHeld,
    SeatReleased,
    SeatTentativelyHeld,
)
from common.contracts.payment import (
    PaymentAuthorized,
    PaymentCaptured,
    PaymentFailed,
    PaymentVoided,
    RefundIssued,
)
from notification_svc.service import hearing

#: What travellers are written to about.
_OF_RESERVATIONS = (
    *(ReservationInitiated, ReservationConfirmed, ReservationFailed, ReservationCancelled),
    *(SeatTentativelyHeld, SeatHeld, SeatReleased),
    *(PaymentAuthorized, PaymentFailed, PaymentCaptured, PaymentVoided, RefundIssued),
)

HANDLERS: Handlers = {
    ItineraryRecorded: [hearing.note_itineraries],
    **{event: [hearing.note_facts] for event in _OF_RESERVATIONS},
}
