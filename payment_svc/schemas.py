"""HTTP shapes of payment_svc."""

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from common.fields import PAYMENT_TOKEN, Amount, Moment, Pattern, Schema, Text, Whole

_CURRENCY = Pattern(r"^[A-Z]{3}$", error="An ISO 4217 code, such as USD.")


class MethodSchema(Schema):
    kind = fields.String(required=True, validate=validate.OneOf(["card", "wallet", "crypto"]))
    token = fields.String(validate=PAYMENT_TOKEN, metadata={"example": "tok_visa"})

    @ma.validates_schema
    def check_token(self, data: dict[str, Any], **_: Any) -> None:
        if (data.get("kind") == "crypto") == bool(data.get("token")):
            raise ma.ValidationError("A card or wallet is named by its token; crypto has none.", "token")


class PaymentRequestSchema(Schema):
    locator = fields.String(required=True, validate=Pattern(r"^[A-Z2-9]{6}$", error="Six letters or digits."))
    payment_method = fields.Nested(MethodSchema, required=True)
    amount = Amount(metadata={"description": "a part of what is still to be paid; all of it if left out"})


class PaymentSchema(Schema):
    auth_id = fields.String()
    reservation_id = Whole()
    part = Whole()
    kind = fields.String(allow_none=True, metadata={"description": "null: voided before it was ever asked for"})
    status = fields.String(
        metadata={"enum": ["pending", "open", "authorized", "captured", "voided", "refunded", "failed"]}
    )
    reason = fields.String(allow_none=True)
    amount = fields.Raw(attribute="money.amount", metadata={"type": "number", "example": 450.00})
    currency = fields.String()
    address = fields.String(allow_none=True, metadata={"description": "where an open invoice is to be paid"})
    invoice = fields.String(
        attribute="provider_ref", allow_none=True, metadata={"description": "the provider's name of it"}
    )
    pay_by = Moment(allow_none=True)
    created_at = Moment()


class RefundRequestSchema(Schema):
    amount = Amount(metadata={"description": "all that is left if left out"})
    reason = Text(longest=60, load_default="requested")


class RefundSchema(Schema):
    refund_id = Whole(attribute="id")
    amount = fields.Raw(attribute="money.amount", metadata={"type": "number"})
    currency = fields.String(attribute="money.currency")
    reason = fields.String()
    created_at = Moment()
    issued_at = Moment(allow_none=True)


class WalletRequestSchema(Schema):
    currency = fields.String(required=True, validate=_CURRENCY)


class DepositSchema(Schema):
    amount = Amount(required=True)
    currency = fields.String(required=True, validate=_CURRENCY)
    reference = Text(longest=60, required=True, metadata={"description": "the same reference is put in only once"})


class WalletSchema(Schema):
    token = fields.String(metadata={"description": "pays; whoever has it may"})
    currency = fields.String()
    available = fields.Raw(attribute="available.amount", metadata={"type": "number"})
    held = fields.Raw(
        attribute="held.amount", metadata={"type": "number", "description": "set aside for authorized payments"}
    )
    created_at = Moment()
