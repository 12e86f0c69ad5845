"""HTTP shapes of fare_svc."""

from decimal import Decimal
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from common.contracts.tariff import Family
from common.fields import Amount, Flag, Moment, Pattern, Schema, Text, Whole
from common.money import Money
from fare_svc.domain.quotes import ORDERS, Segment
from fare_svc.models import EVERY_FLIGHT
from fare_svc.service.offering import SignedOffer

CABINS = ("economy", "business", "first")
# As many as a reservation takes.
MOST_PASSENGERS = 9

_AIRPORT = Pattern(r"^[A-Z0-9]{3}$", error="An airport's IATA code: three capital letters, such as JFK.")
_AIRLINE = Pattern(r"^[A-Z0-9]{2,3}$", error="An airline's code: two or three capital letters or digits.")
_CURRENCY = Pattern(r"^[A-Z]{3}$", error="An ISO 4217 code, such as USD.")
_CODE = Pattern(r"^[A-Z0-9][A-Z0-9-]{0,19}$", error="At most 20 capital letters, digits and hyphens, such as BASIC-21.")
_SEASON = Pattern(r"^[a-z0-9][a-z0-9-]{0,39}$", error="At most 40 small letters, digits and hyphens.")
_NOT_NEGATIVE = validate.Range(Decimal(0), Decimal(10**7))


class RuleSchema(Schema):
    code = fields.String(required=True, validate=_CODE, metadata={"example": "STANDARD"})
    family = fields.Enum(Family, by_value=True, required=True)
    currency = fields.String(required=True, validate=_CURRENCY)
    refundable = Flag(required=True)
    refund_fee = Amount(load_default=Decimal(0), validate=_NOT_NEGATIVE)
    changeable = Flag(required=True)
    change_fee = Amount(load_default=Decimal(0), validate=_NOT_NEGATIVE)
    advance_purchase_days = Whole(least=0, most=365, load_default=0)


class SeasonSchema(Schema):
    code = fields.String(required=True, validate=_SEASON, metadata={"example": "christmas-2026"})
    name = Text(longest=80, required=True)
    starts = fields.Date(required=True, metadata={"description": "first local date of departure"})
    ends = fields.Date(required=True, metadata={"description": "last local date of departure"})
    factor = Amount(
        required=True,
        validate=validate.Range(Decimal("0.1"), Decimal(10)),
        metadata={"description": "fares are so many times as much; at most four decimal places", "example": 1.25},
    )
    airline = fields.String(validate=_AIRLINE, metadata={"description": "of this airline only"})
    origin = fields.String(validate=_AIRPORT, metadata={"description": "from this airport only"})
    destination = fields.String(validate=_AIRPORT, metadata={"description": "to this airport only"})

    @ma.validates("factor")
    def check_places(self, value: Decimal, **_: Any) -> None:
        if value != round(value, 4):
            raise ma.ValidationError("At most four decimal places.")


class FareRowSchema(Schema):
    airline = fields.String(required=True, validate=_AIRLINE, metadata={"example": "AA"})
    origin = fields.String(required=True, validate=_AIRPORT)
    destination = fields.String(required=True, validate=_AIRPORT)
    flight_number = Whole(most=9999, metadata={"description": "of this flight only; without it, of the whole route"})
    cabin = fields.String(required=True, validate=validate.OneOf(CABINS))
    rule = fields.String(required=True, validate=_CODE)
    amount = Amount(required=True, validate=validate.Range(Decimal(0), Decimal(10**7), min_inclusive=False))
    currency = fields.String(required=True, validate=_CURRENCY)
    valid_from = fields.Date(metadata={"description": "first local date of departure"})
    valid_until = fields.Date(metadata={"description": "last local date of departure"})
    withdrawn = Flag(metadata={"description": "left out: stays as it is"})


class FareSchema(Schema):
    fare_id = Whole(attribute="id")
    airline = fields.String()
    origin = fields.String()
    destination = fields.String()
    flight_number = fields.Function(
        lambda fare: None if fare.flight_number == EVERY_FLIGHT else fare.flight_number,
        metadata={"type": ["integer", "null"], "description": "null: of the whole route"},
    )
    cabin = fields.String()
    family = fields.Enum(Family, by_value=True, attribute="rule.family")
    rule = fields.String(attribute="rule_code")
    amount = fields.Function(lambda fare: Money(fare.amount_minor, fare.currency).amount)
    currency = fields.String()
    valid_from = fields.Date(allow_none=True)
    valid_until = fields.Date(allow_none=True)
    withdrawn = fields.Boolean()


class StoredRuleSchema(Schema):
    code = fields.String()
    family = fields.Enum(Family, by_value=True)
    currency = fields.String()
    refundable = fields.Boolean()
    refund_fee = fields.Function(lambda rule: Money(rule.refund_fee_minor, rule.currency).amount)
    changeable = fields.Boolean()
    change_fee = fields.Function(lambda rule: Money(rule.change_fee_minor, rule.currency).amount)
    advance_purchase_days = fields.Integer()


class StoredSeasonSchema(Schema):
    code = fields.String()
    name = fields.String()
    starts = fields.Date()
    ends = fields.Date()
    factor = fields.Function(lambda season: Decimal(season.factor_ten_thousandths) / 10_000)
    airline = fields.String(allow_none=True)
    origin = fields.String(allow_none=True)
    destination = fields.String(allow_none=True)


class FareFilterSchema(Schema):
    airline = fields.String(validate=_AIRLINE)
    origin = fields.String(validate=_AIRPORT, data_key="from")
    destination = fields.String(validate=_AIRPORT, data_key="to")
    cabin = fields.String(validate=validate.OneOf(CABINS))
    withdrawn = fields.Boolean()


class PutResultSchema(Schema):
    created = fields.Integer()
    updated = fields.Integer()
    unchanged = fields.Integer()


class OfferQuerySchema(Schema):
    origin = fields.String(required=True, validate=_AIRPORT, data_key="from")
    destination = fields.String(required=True, validate=_AIRPORT, data_key="to")
    day = fields.Date(required=True, data_key="date", metadata={"description": "local date at the origin"})
    return_day = fields.Date(data_key="returnDate", metadata={"description": "local date at the destination"})
    passengers = fields.Integer(load_default=1, validate=validate.Range(1, MOST_PASSENGERS))
    cabin = fields.String(load_default="economy", validate=validate.OneOf(CABINS))
    sort = fields.String(load_default="price", validate=validate.OneOf(list(ORDERS)))


class SegmentSchema(Schema):
    departure_id = Whole(attribute="hop.departure_id")
    airline = fields.String(attribute="hop.airline")
    flight_number = Whole(attribute="hop.flight_number")
    origin = fields.String(attribute="hop.origin")
    destination = fields.String(attribute="hop.destination")
    departs_at = Moment(attribute="hop.departs_at")
    departs_local = fields.String(attribute="hop.departs_local")
    arrives_at = Moment(attribute="hop.arrives_at")
    arrives_local = fields.String(attribute="hop.arrives_local")
    fare_id = Whole(attribute="fare.fare_id")


class ItinerarySchema(Schema):
    outward = fields.List(fields.Nested(SegmentSchema))
    back = fields.List(fields.Nested(SegmentSchema), data_key="return")


class OfferSchema(Schema):
    offer_id = fields.String(attribute="offer.offer_id")
    family = fields.String(attribute="offer.family", metadata={"enum": [family.value for family in Family]})
    cabin = fields.String(attribute="offer.cabin")
    passengers = fields.Integer(attribute="offer.passengers")
    total = fields.Raw(attribute="offer.total", metadata={"type": "number", "example": 648.00})
    currency = fields.String(attribute="offer.currency")
    expires_at = Moment(attribute="offer.expires_at", metadata={"description": "can be bought until then"})
    duration_minutes = fields.Function(
        lambda signed: int(signed.quote.travelling.total_seconds() // 60), metadata={"type": "integer"}
    )
    itinerary = fields.Nested(ItinerarySchema, attribute="quote")
    breakdown = fields.Function(lambda signed: breakdown(signed), metadata={"type": "array"})
    rules = fields.Function(lambda signed: signed.quote.rules_in_words(), metadata={"type": "array"})
    signature = fields.String(metadata={"description": "a compact JWS: what to send as `offer` to POST /reservations"})


def breakdown(signed: SignedOffer) -> list[dict[str, Any]]:
    """Return what each passenger pays for each segment."""

    def shown(segment: Segment) -> dict[str, Any]:
        return {"departureId": segment.hop.departure_id, "amount": segment.price.amount}

    return [
        {
            "passenger": passenger,
            "amount": signed.quote.each.amount,
            "segments": [shown(segment) for segment in signed.quote.segments],
        }
        for passenger in range(1, signed.offer.passengers + 1)
    ]
