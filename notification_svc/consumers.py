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
from common.contracts.flight import DepartureCancelled, DepartureDelayed
from common.contracts.payment import (
    PaymentAuthorized,
    PaymentCaptured,
    PaymentFailed,
    PaymentVoided,
    RefundIssued,
)
from notification_svc.domain.webhooks import PUBLIC_EVENTS
from notification_svc.service import hearing
from notification_svc.service.webhooks.hearing import plan_deliveries

#: What travellers are written to about.
_OF_RESERVATIONS = (
    *(ReservationInitiated, ReservationConfirmed, ReservationFailed, ReservationCancelled),
    *(SeatTentativelyHeld, SeatHeld, SeatReleased),
    *(PaymentAuthorized, PaymentFailed, PaymentCaptured, PaymentVoided, RefundIssued),
)
_OF_DEPARTURES = (DepartureDelayed, DepartureCancelled)

#: Integrators may hear each of the public events; travellers are written to about their reservations.
HANDLERS: Handlers = {
    ItineraryRecorded: [hearing.note_itineraries],
    **{
        event: [
            *([hearing.note_facts] if event in _OF_RESERVATIONS else []),
            *([hearing.note_departures] if event in _OF_DEPARTURES else []),
            *([plan_deliveries] if event in PUBLIC_EVENTS else []),
        ]
        for event in dict.fromkeys([*_OF_RESERVATIONS, *_OF_DEPARTURES, *PUBLIC_EVENTS])
    },
}
