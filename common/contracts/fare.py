"""fare_svc: the event it publishes, and the offers it signs."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar, Self

from pydantic import TypeAdapter, ValidationError

from common.messages import Event, Unreadable, message


@message
class FareSeason:
    """From `starts` to `ends`, both included, a fare is `factor` times as much; dates are local, at the origin."""

    starts: date
    ends: date
    factor: Decimal


@message
class FareUpdated(Event):
    """
    A fare is new, has changed, or is withdrawn; everything is in it that pricing a seat by oneself takes.

    `amount` is what one passenger pays on one flight before seasons; it and the fees are in `currency`. Without a
    `flight_number` the fare is for every flight of the airline between the two airports. It is sold until
    `advance_purchase_days` before the departure's local date, for departures of the dates it is valid.
    """

    exchange: ClassVar[str] = "fare.events"

    fare_id: int
    airline: str
    origin: str
    destination: str
    cabin: str
    family: str
    amount: Decimal
    currency: str
    refundable: bool
    refund_fee: Decimal
    changeable: bool
    change_fee: Decimal
    withdrawn: bool
    seasons: list[FareSeason]
    advance_purchase_days: int = 0
    flight_number: int | None = None
    valid_from: date | None = None
    valid_until: date | None = None


@message
class OfferedSegment:
    """One flight of an offer: its fare, what it costs each passenger, and what its buyer may do, and for how much."""

    departure_id: int
    fare_id: int
    amount: Decimal
    refundable: bool
    refund_fee: Decimal
    changeable: bool
    change_fee: Decimal


@message
class Offer:
    """
    What a signed offer promises: these segments, for so many passengers, at this price, until it expires.

    It travels as the payload of a compact JWS of type `TYPE`, signed by fare_svc.
    """

    TYPE: ClassVar[str] = "offer+jws"

    offer_id: str
    issued_at: datetime
    expires_at: datetime
    passengers: int
    cabin: str
    family: str
    segments: list[OfferedSegment]
    total: Decimal
    currency: str

    def to_wire(self) -> dict[str, Any]:
        """Return the camelCase payload."""
        return _OFFER.dump_python(self, by_alias=True)  # type: ignore[no-any-return]

    @classmethod
    def from_wire(cls, body: Any) -> Self:
        """
        Return the offer that a payload says.

        :raises Unreadable: if a field is missing or wrong
        """
        try:
            return _OFFER.validate_python(body)  # type: ignore[return-value]
        except ValidationError as refusal:
            raise Unreadable(f"This is not an offer: {refusal.errors(include_url=False)}") from refusal


_OFFER: TypeAdapter[Offer] = TypeAdapter(Offer)
