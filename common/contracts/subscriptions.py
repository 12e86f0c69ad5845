"""Who hears what: one table for publishers (which must know that a message has somewhere to go) and consumers."""

from common.contracts import flight_v2
from common.contracts.airline import AirlineUpdated
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
from common.contracts.fare import FareUpdated
from common.contracts.flight import DepartureCancelled, DepartureDelayed, FlightScheduled, SeatMapGenerated
from common.contracts.payment import (
    PaymentAuthorized,
    PaymentCaptured,
    PaymentFailed,
    PaymentVoided,
    RefundIssued,
)
from common.messages import Event

SERVICES = ("airline", "flight", "fare", "booking", "payment", "notification", "auth", "auditor")

#: subscriber -> the events it hears; each has a function in that service's `consumers.HANDLERS`.
SUBSCRIPTIONS: dict[str, tuple[type[Event], ...]] = {
    "flight": (AirlineUpdated,),
    "fare": (FlightScheduled, flight_v2.SeatMapGenerated, DepartureDelayed, DepartureCancelled),
    "booking": (
        FlightScheduled,
        SeatMapGenerated,
        DepartureDelayed,
        DepartureCancelled,
        FareUpdated,
        PaymentAuthorized,
        PaymentFailed,
        PaymentVoided,
        RefundIssued,
    ),
    "auditor": (ReservationInitiated, ReservationConfirmed, ReservationFailed, ReservationCancelled),
    "payment": (ReservationInitiated, ReservationConfirmed, ReservationFailed, ReservationCancelled),
    "notification": (
        *(DepartureDelayed, DepartureCancelled),
        *(ItineraryRecorded, ReservationInitiated, ReservationConfirmed, ReservationFailed, ReservationCancelled),
        *(SeatTentativelyHeld, SeatHeld, SeatReleased),
        *(PaymentAuthorized, PaymentFailed, PaymentCaptured, PaymentVoided, RefundIssued),
        *(DepartureDelayed, DepartureCancelled),
    ),
}


def inbox_queue(subscriber: str, event: type[Event]) -> str:
    """Return the queue where `subscriber` finds `event`: one per subscriber and publisher."""
    return f"{subscriber}.inbox.{event.exchange.removesuffix('.events')}"
