"""booking_svc: the commands it accepts and the events it publishes."""

from datetime import datetime
from decimal import Decimal
from typing import ClassVar

from common.messages import Command, Event, message


@message
class ReservationConfirmRequested(Command):
    """Confirm a reservation whose full price is authorized: the pivot of BOOK."""

    queue: ClassVar[str] = "booking.commands"
    task: ClassVar[str] = "booking_svc.confirm_reservation"

    reservation_id: int


@message
class SeatsReleaseRequested(Command):
    """Release what a reservation holds and fail it with the reason that began the way back."""

    queue: ClassVar[str] = "booking.commands"
    task: ClassVar[str] = "booking_svc.release_seats"

    reservation_id: int


@message
class CancellationCloseRequested(Command):
    """Note that payment_svc has taken every refund of a cancelled reservation upon itself: the end of CANCEL."""

    queue: ClassVar[str] = "booking.commands"
    task: ClassVar[str] = "booking_svc.close_cancellation"

    reservation_id: int


@message
class ReservationsDisruptRequested(Command):
    """Cancel these reservations, whose departure does not fly, and give all of their money back."""

    queue: ClassVar[str] = "booking.commands"
    task: ClassVar[str] = "booking_svc.disrupt_reservations"

    departure_id: int
    reservation_ids: list[int]


@message
class DisruptionCloseRequested(Command):
    """Note that every reservation on a cancelled departure is over: the end of DISRUPT."""

    queue: ClassVar[str] = "booking.commands"
    task: ClassVar[str] = "booking_svc.close_disruption"

    departure_id: int


@message
class ReservationEvent(Event):
    """What every event of a reservation carries. `locator` is its public name, `reservation_id` its key."""

    exchange: ClassVar[str] = "booking.events"

    reservation_id: int
    locator: str


@message
class ReservationInitiated(ReservationEvent):
    """
    Seats are held and wait for `amount` until `pay_by` (UTC); `pay_later` tells whose move it is.

    Whose it is: `owner` names the caller who was logged in, if one was, and `airlines` (IATA codes) fly it.
    """

    amount: Decimal
    currency: str
    pay_by: datetime
    pay_later: bool
    owner: str | None = None
    airlines: list[str] | None = None


@message
class ReservationConfirmed(ReservationEvent):
    """The full price is authorized and the seats are the passengers'."""


@message
class ReservationFailed(ReservationEvent):
    """It ended without a seat; everything done for it is undone. `reason` is machine-readable."""

    reason: str


@message
class ReservationCancelled(ReservationEvent):
    """
    It was given up after its seats were given; they are free again. `reason` is machine-readable.

    Where the rules of its fares decide, `refund_amount` of its price goes back and `fee_amount` is kept, in whole
    units of `currency`, and `refunds_ordered` says that a command about each of its payments says so. Without them
    whatever was set aside or taken for it goes back.
    """

    reason: str
    refund_amount: Decimal | None = None
    fee_amount: Decimal | None = None
    currency: str | None = None
    refunds_ordered: bool | None = None


#: The languages travellers are written to in, by their ISO 639-1 codes.
LANGUAGES = ("en", "de")


@message
class Contact:
    """Where the travellers of a reservation are written to: `phone` is E.164, `language` an ISO 639-1 code."""

    email: str
    phone: str | None = None
    language: str = "en"


@message
class Traveller:
    """Somebody who flies."""

    first_name: str
    last_name: str


@message
class Segment:
    """
    One flight of an itinerary with its seats, in the order of the travellers.

    Times are UTC; the local ones carry their airport's offset of that day.
    """

    departure_id: int
    airline: str
    flight_number: int
    origin: str
    destination: str
    departs_at: datetime
    departs_local: str
    arrives_at: datetime
    arrives_local: str
    seats: list[str]
    cabin: str


@message
class ItineraryRecorded(ReservationEvent):
    """
    Who flies when and where, and how they are reached; told when it is new and whenever it changes.

    The one event with personal data: it is for notification_svc alone, which forgets it after the journey.
    `payments` is how many payments were asked for with the reservation, 0 if it is paid later.
    """

    personal: ClassVar[bool] = True

    contact: Contact
    passengers: list[Traveller]
    segments: list[Segment]
    amount: Decimal
    currency: str
    payments: int = 0


@message
class SeatEvent(ReservationEvent):
    """
    What every event of one seat of a reservation carries.

    `seat_number` is what stands on the seat (12A), `departure_id` the flight on its date. `airline` (an IATA code) and
    `flight_number` are what the traveller knows it by.
    """

    seat_id: int
    seat_number: str
    departure_id: int
    airline: str
    flight_number: int


@message
class SeatTentativelyHeld(SeatEvent):
    """A seat waits for its payment until `expires_at` (UTC)."""

    expires_at: datetime


@message
class SeatHeld(SeatEvent):
    """A seat belongs to a confirmed reservation."""


@message
class SeatReleased(SeatEvent):
    """A seat is free again, for `reason`."""

    reason: str
