"""HTTP shapes of booking_svc."""

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from booking_svc.domain.reservations import MAX_PASSENGERS
from common.auth import access_token
from common.contracts.booking import LANGUAGES
from common.contracts.tariff import Family
from common.fields import PAYMENT_TOKEN, Amount, Flag, Moment, Pattern, Schema, Text, Whole

_SEAT = Pattern(r"^[1-9][0-9]?[A-Z]$", error="A seat is a row and a letter, such as 12A.")

_OFFER = Pattern(r"^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$", error="An offer is its signature, a compact JWS.")


class LegSchema(Schema):
    departure_id = Whole(required=True, most=2**62)
    seats = fields.List(
        fields.String(validate=_SEAT),
        required=True,
        validate=validate.Length(1, MAX_PASSENGERS),
        metadata={"description": "one seat for each passenger, in the passengers' order", "example": ["12A"]},
    )


class PassengerSchema(Schema):
    first_name = Text(longest=60, required=True)
    last_name = Text(longest=60, required=True)


class ContactSchema(Schema):
    # Text, because an address in quotes may hold control characters and still be an address.
    email = Text(longest=254, required=True, validate=validate.Email(), metadata={"format": "email"})
    phone = fields.String(
        validate=Pattern(r"^\+[1-9][0-9]{6,14}$", error="A number as in E.164, such as +4930123456."),
        metadata={"description": "gets short messages as well"},
    )
    language = fields.String(
        load_default="en", validate=validate.OneOf(LANGUAGES), metadata={"description": "of what is written to them"}
    )


class PaymentMethodSchema(Schema):
    kind = fields.String(required=True, validate=validate.OneOf(["card", "wallet", "crypto"]))
    token = fields.String(validate=PAYMENT_TOKEN, metadata={"example": "tok_visa"})
    amount = Amount(metadata={"description": "this method's share of the price; one method may leave it out"})
    currency = fields.String(validate=Pattern(r"^[A-Z]{3}$", error="An ISO 4217 code, such as USD."))

    @ma.validates_schema
    def check_token(self, data: dict[str, Any], **_: Any) -> None:
        if data.get("kind") in {"card", "wallet"} and not data.get("token"):
            raise ma.ValidationError("A card or wallet is named by its token.", "token")
        if data.get("kind") == "crypto" and data.get("token"):
            raise ma.ValidationError("Crypto is paid by an invoice; it has no token.", "token")


class ReservationRequestSchema(Schema):
    departures = fields.List(fields.Nested(LegSchema), required=True, validate=validate.Length(1, 6))
    passengers = fields.List(fields.Nested(PassengerSchema), required=True, validate=validate.Length(1, MAX_PASSENGERS))
    contact = fields.Nested(ContactSchema, required=True)
    payments = fields.List(fields.Nested(PaymentMethodSchema), validate=validate.Length(1, 4))
    pay_later = Flag(load_default=False)
    offer = fields.String(
        validate=_OFFER, metadata={"description": "the `signature` of an offer: its price and rules are kept"}
    )

    @ma.validates_schema
    def check_when_paid(self, data: dict[str, Any], **_: Any) -> None:
        if bool(data.get("payments")) == bool(data.get("pay_later")):
            raise ma.ValidationError("Send either payments, or payLater: true.", "payments")


class MoneySchema(Schema):
    amount = fields.Raw(metadata={"type": "number", "example": 450.00})
    currency = fields.String()


class CouponSchema(Schema):
    departure_id = Whole()
    airline = fields.String(attribute="departure.airline")
    flight_number = Whole(attribute="departure.flight_number")
    origin = fields.String(attribute="departure.origin")
    destination = fields.String(attribute="departure.destination")
    departs_local = fields.String(attribute="departure.departs_local")
    arrives_local = fields.String(attribute="departure.arrives_local")
    departure_status = fields.String(
        attribute="departure.status", metadata={"enum": ["scheduled", "delayed", "cancelled"]}
    )
    seat_number = fields.String()
    cabin = fields.String()
    family = fields.Enum(
        Family, by_value=True, allow_none=True, metadata={"description": "of the fare it was bought at"}
    )
    rules = fields.Function(
        lambda coupon: coupon.rule.in_words() if coupon.rule else [],
        metadata={"type": "array", "items": {"type": "string"}, "description": "what the buyer may do, in plain words"},
    )
    passenger = fields.Integer(attribute="passenger.place", metadata={"description": "1 for the first passenger"})


class SeenPaymentSchema(Schema):
    part = Whole()
    auth_id = fields.String()
    status = fields.String()
    reason = fields.String(allow_none=True)
    heard_at = Moment(allow_none=True, metadata={"description": "when its status was heard of"})


class SeenRefundSchema(Schema):
    part = Whole(metadata={"description": "of the payment it was of"})
    auth_id = fields.String()
    amount = fields.Raw(attribute="money.amount", metadata={"type": "number"})
    currency = fields.String()
    reason = fields.String()
    issued_at = Moment()


class ReservationSchema(Schema):
    reservation_id = Whole(attribute="id")
    locator = fields.String()
    status = fields.String()
    failure_reason = fields.String(allow_none=True)
    price = fields.Nested(MoneySchema)
    pay_later = fields.Boolean(metadata={"description": "true: it waits for a payment that somebody still has to make"})
    pay_by = Moment(metadata={"description": "seats are held until then"})
    created_at = Moment()
    completed_at = Moment(allow_none=True)
    correlation_id = fields.UUID()
    offer_id = fields.String(allow_none=True, metadata={"description": "of the offer it was made from, if it was"})
    passengers = fields.List(fields.Nested(PassengerSchema))
    seats = fields.List(fields.Nested(CouponSchema), attribute="coupons")
    payments = fields.List(fields.Nested(SeenPaymentSchema))
    refund_due = fields.Nested(
        MoneySchema, allow_none=True, metadata={"description": "what goes back, if it was cancelled after payment"}
    )
    refunds = fields.List(fields.Nested(SeenRefundSchema), metadata={"description": "what went back already"})


class QuoteLineSchema(Schema):
    departure_id = Whole()
    passenger = fields.Integer(metadata={"description": "1 for the first passenger"})
    seat_number = fields.String()
    price = fields.Raw(attribute="price.amount", metadata={"type": "number"})
    fee = fields.Raw(attribute="fee.amount", metadata={"type": "number", "description": "what is kept of it"})
    refund = fields.Raw(attribute="refund.amount", metadata={"type": "number"})
    words = fields.String(metadata={"description": "the rule in plain words"})


class QuoteSchema(Schema):
    quote = fields.String(attribute="name", metadata={"description": "confirms exactly this, if sent back"})
    locator = fields.String()
    status = fields.String(metadata={"enum": ["pending", "confirmed"]})
    price = fields.Nested(MoneySchema)
    refund = fields.Nested(MoneySchema, metadata={"description": "what comes back"})
    fee = fields.Nested(MoneySchema, metadata={"description": "what is kept"})
    until = Moment(allow_none=True, metadata={"description": "when it stops being possible; null: whenever"})
    lines = fields.List(fields.Nested(QuoteLineSchema))


class CancellationRequestSchema(Schema):
    quote = fields.String(
        required=True, validate=Pattern(r"^q_[0-9a-f]{32}$", error="The `quote` of GET .../cancellation.")
    )


class DisruptionSchema(Schema):
    departure_id = Whole(attribute="departure.id")
    airline = fields.String(attribute="departure.airline")
    flight_number = Whole(attribute="departure.flight_number")
    departs_local = fields.String(attribute="departure.departs_local")
    reason = fields.String(attribute="departure.status_reason")
    state = fields.String(metadata={"enum": ["under way", "complete"]})
    began_at = Moment()
    ended_at = Moment(
        allow_none=True, metadata={"description": "when the last reservation was over; refunds may come later"}
    )
    reservations = fields.Integer(metadata={"description": "how many were live when the departure was cancelled"})
    cancelled = fields.Integer()
    failed = fields.Integer(metadata={"description": "those that were not confirmed yet"})
    under_way = fields.Integer()
    currency = fields.String()
    refund_due = fields.Raw(metadata={"type": "number", "description": "what is to go back, in all"})
    refunded = fields.Raw(metadata={"type": "number"})
    voided = fields.Raw(metadata={"type": "number", "description": "set aside, never taken, and let go"})
    outstanding = fields.Raw(metadata={"type": "number", "description": "not back yet"})


class StruckStepSchema(Schema):
    saga = fields.String()
    step = fields.String(metadata={"example": "payment.authorize-payment"})
    behaviours = fields.List(fields.String())


class MagicSeatSchema(Schema):
    seat_number = fields.String()
    switches = fields.String(metadata={"example": "payment.authorize-payment=slow 3s"})


class FailureSwitchesSchema(Schema):
    on = fields.Boolean(metadata={"description": "whether a step can be made to fail here at all"})
    header = fields.String()
    steps = fields.List(fields.Nested(StruckStepSchema))
    seats = fields.List(fields.Nested(MagicSeatSchema))


class MadeReservationSchema(ReservationSchema):
    access_token = fields.Function(
        lambda made: access_token(locator=made.locator, reservation_id=made.id),
        metadata={"type": "string", "description": "opens this reservation; shown only now, to who made it"},
    )


class CodeRequestSchema(Schema):
    last_name = Text(longest=60, required=True, metadata={"description": "of one of the passengers"})


class CodeRequestedSchema(Schema):
    detail = fields.String()


class CodeAccessSchema(CodeRequestSchema):
    code = fields.String(required=True, validate=Pattern(r"^[0-9]{6}$", error="A code has six digits."))


class AccessSchema(Schema):
    access_token = fields.String(metadata={"description": "opens this reservation"})


class ReservationFilterSchema(Schema):
    status = fields.String(validate=validate.OneOf(["pending", "confirmed", "failed", "cancelled"]))
    # Not Whole: what stands in an address is text.
    reservation_id = fields.Integer(validate=validate.Range(1, 2**62))
    correlation_id = fields.UUID(metadata={"description": "of the request that made it"})
    email = fields.String(validate=validate.Length(1, 254), metadata={"description": "its contact's address"})
    mine = fields.Boolean(metadata={"description": "only what you booked yourself, if you see more"})


class AvailabilityQuerySchema(Schema):
    departure_id = fields.List(
        fields.Integer(validate=validate.Range(1, 2**62)), required=True, validate=validate.Length(1, 50)
    )


class AvailabilitySchema(Schema):
    departure_id = Whole()
    free = fields.Integer()
    from_price = fields.Raw(metadata={"type": ["number", "null"], "description": "null where no Basic fare is sold"})
    currency = fields.String()


class DepartureSchema(Schema):
    departure_id = Whole(attribute="id")
    airline = fields.String()
    flight_number = Whole()
    origin = fields.String()
    destination = fields.String()
    departs_at = Moment()
    departs_local = fields.String()
    arrives_at = Moment()
    arrives_local = fields.String()
    status = fields.String(metadata={"enum": ["scheduled", "delayed", "cancelled"]})
    status_reason = fields.String(allow_none=True, metadata={"description": "why it is delayed or cancelled"})


class PlaceSchema(Schema):
    number = fields.String()
    position = fields.String(metadata={"enum": ["window", "middle", "aisle"]})
    state = fields.String(metadata={"enum": ["free", "held", "taken"]})
    price = fields.Raw(
        metadata={"type": ["number", "null"], "description": "at the cheapest Basic fare; null where none is sold"}
    )


class RowSchema(Schema):
    number = fields.Integer()
    exit_row = fields.Boolean()
    seats = fields.List(fields.Nested(PlaceSchema))


class CabinSchema(Schema):
    name = fields.String(metadata={"enum": ["first", "business", "economy"]})
    columns = fields.List(fields.String(), metadata={"description": "letters between the aisles", "example": ["ABC"]})
    rows = fields.List(fields.Nested(RowSchema))


class SeatMapSchema(Schema):
    departure = fields.Nested(DepartureSchema)
    aircraft = fields.String()
    free = fields.Integer()
    currency = fields.String()
    cabins = fields.List(fields.Nested(CabinSchema))
