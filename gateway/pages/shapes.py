"""What the public API answers, as the pages read it; fields they do not need are left out."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel


class Shape(BaseModel):
    """A JSON object of the API; unknown fields are ignored, as the API may grow some."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="ignore", frozen=True)


class Money(Shape):
    amount: Decimal
    currency: str


class Airport(Shape):
    code: str
    name: str
    city: str
    country: str


class Airline(Shape):
    code: str
    name: str


class Segment(Shape):
    """One flight of an offer; local times carry the offset of their airport on that day."""

    departure_id: int
    airline: str
    flight_number: int
    origin: str
    destination: str
    departs_at: datetime
    departs_local: str
    arrives_at: datetime
    arrives_local: str


class Itinerary(Shape):
    outward: list[Segment]
    back: list[Segment] = Field(alias="return")


class Offer(Shape):
    offer_id: str
    family: str
    cabin: str
    passengers: int
    total: Decimal
    currency: str
    expires_at: datetime
    itinerary: Itinerary
    rules: list[str]
    signature: str

    @property
    def segments(self) -> list[Segment]:
        return [*self.itinerary.outward, *self.itinerary.back]


class Available(Shape):
    departure_id: int
    free: int


class Place(Shape):
    number: str
    position: str
    state: Literal["free", "held", "taken"]
    price: Decimal | None


class Row(Shape):
    number: int
    exit_row: bool
    seats: list[Place]


class Cabin(Shape):
    """`columns` are the letters between the aisles, such as ["ABC", "DEF"]."""

    name: str
    columns: list[str]
    rows: list[Row]


class Flight(Shape):
    """A departure as the seat map and the reservation tell it."""

    departure_id: int
    airline: str
    flight_number: int
    origin: str
    destination: str
    departs_local: str
    arrives_local: str


class SeatMap(Shape):
    departure: Flight
    aircraft: str
    free: int
    currency: str
    cabins: list[Cabin]


class Passenger(Shape):
    first_name: str
    last_name: str

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"

    @property
    def initials(self) -> str:
        return (self.first_name[:1] + self.last_name[:1]).upper()


class Coupon(Flight):
    """One seat of a reservation; `passenger` is 1 for the first."""

    departure_status: str
    seat_number: str
    cabin: str
    family: str | None
    rules: list[str]
    passenger: int


class SeenPayment(Shape):
    """What booking_svc has heard of a payment."""

    part: int
    auth_id: str
    status: str
    reason: str | None
    heard_at: datetime | None


class Refund(Shape):
    part: int
    auth_id: str
    amount: Decimal
    currency: str
    reason: str
    issued_at: datetime


class Reservation(Shape):
    reservation_id: int
    locator: str
    status: Literal["pending", "confirmed", "failed", "cancelled"]
    failure_reason: str | None
    price: Money
    pay_later: bool
    pay_by: datetime
    created_at: datetime
    completed_at: datetime | None
    passengers: list[Passenger]
    seats: list[Coupon]
    payments: list[SeenPayment]
    refund_due: Money | None
    refunds: list[Refund]
    access_token: str | None = None

    @property
    def flights(self) -> list[Coupon]:
        """One coupon of each flight, in the order of the journey."""
        return list({coupon.departure_id: coupon for coupon in self.seats}.values())


class Payment(Shape):
    """A payment as payment_svc tells it; `address` is where an open invoice is to be paid."""

    auth_id: str
    part: int
    kind: str | None
    status: str
    reason: str | None
    amount: Decimal
    currency: str
    address: str | None
    invoice: str | None
    created_at: datetime

    @property
    def is_open(self) -> bool:
        """Whether it is an invoice that somebody has to pay."""
        return self.status == "open"


class QuoteLine(Shape):
    departure_id: int
    passenger: int
    seat_number: str
    price: Decimal
    fee: Decimal
    refund: Decimal
    words: str


class Quote(Shape):
    """What comes back if a reservation is given up now; `quote` confirms exactly this."""

    quote: str
    price: Money
    refund: Money
    fee: Money
    until: datetime | None
    lines: list[QuoteLine]


class Tokens(Shape):
    access_token: str
    expires_in: int
    refresh_token: str


class User(Shape):
    name: str
    role: str
    email: str | None
    created_at: datetime


class Wallet(Shape):
    token: str
    currency: str
    available: Decimal
