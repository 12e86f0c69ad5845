"""What services state of their books to the auditor, or to a neighbour that was restored: one class for both ends."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar

from pydantic import ConfigDict, TypeAdapter
from pydantic.alias_generators import to_camel
from pydantic.dataclasses import dataclass

_WIRE = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="ignore")


@dataclass(frozen=True, kw_only=True, config=_WIRE)
class ReservationStatement:
    """
    A reservation as booking_svc knows it.

    `kept` is what its travellers shall have paid in the end: the price when confirmed, what was not refunded when
    cancelled, nothing when failed; None while it is pending. `quiet_seconds` passed since its status changed last, and
    `late_seconds` since the deadline of a saga that has not ended.
    """

    BOOK: ClassVar[str] = "reservations"

    number: int
    status: str
    currency: str
    price: Decimal
    kept: Decimal | None = None
    seats_sold: int
    seats_tentative: int
    seats_held: int
    quiet_seconds: float
    late_seconds: float = 0.0


@dataclass(frozen=True, kw_only=True, config=_WIRE)
class PaymentStatement:
    """
    The payments of one reservation as payment_svc knows them, in sums of whole units.

    `number` is the reservation's. `undecided_seconds` is how long the oldest payment waits for an answer of its
    provider.
    """

    BOOK: ClassVar[str] = "payments"

    number: int
    currency: str
    authorized: Decimal
    captured: Decimal
    refunded: Decimal
    undecided_seconds: float = 0.0


@dataclass(frozen=True, kw_only=True, config=_WIRE)
class ProviderStatement:
    """
    One authorization as the provider has it, beside what payment_svc knows of it.

    `number` is its place in the provider's list; `ours` is None where payment_svc has no such payment.
    """

    BOOK: ClassVar[str] = "provider"

    number: int
    auth_id: str
    ours: str | None = None
    theirs: str
    agrees: bool


@dataclass(frozen=True, kw_only=True, config=_WIRE)
class AuthorizationStatement:
    """
    One authorization of an outside provider that payment_svc believes in, and whether the provider holds it at all.

    `number` is the payment's own; `ours` says what payment_svc knows of it. How the two compare where both have it is
    in the ProviderStatement.
    """

    BOOK: ClassVar[str] = "authorizations"

    number: int
    auth_id: str
    ours: str
    held: bool


@dataclass(frozen=True, kw_only=True, config=_WIRE)
class DepartureStatement:
    """A departure as booking_svc knows it by the events of flight_svc; `number` is its departureId."""

    BOOK: ClassVar[str] = "departures"

    number: int
    airline: str
    flight_number: int
    origin: str
    destination: str
    departs_at: datetime
    departs_local: str
    arrives_at: datetime
    arrives_local: str
    local_date: date
    distance_km: int
    aircraft: str
    seats: int
    status: str
    status_reason: str | None = None
    as_of: datetime


@dataclass(frozen=True, kw_only=True, config=_WIRE)
class CorrespondenceStatement:
    """
    What notification_svc heard of one reservation, whose number this is: the bodies of all events, oldest first.

    `itinerary` is the newest ItineraryRecorded, which says who flies and how they are reached; None once forgotten.
    """

    BOOK: ClassVar[str] = "correspondence"

    number: int
    facts: list[dict[str, Any]]
    itinerary: dict[str, Any] | None = None


Statement = (
    ReservationStatement
    | PaymentStatement
    | ProviderStatement
    | AuthorizationStatement
    | DepartureStatement
    | CorrespondenceStatement
)

READERS: dict[str, TypeAdapter[list[Statement]]] = {
    kind.BOOK: TypeAdapter(list[kind])  # type: ignore[valid-type]
    for kind in (
        ReservationStatement,
        PaymentStatement,
        ProviderStatement,
        AuthorizationStatement,
        DepartureStatement,
        CorrespondenceStatement,
    )
}
