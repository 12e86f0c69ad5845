"""HTTP shapes of what is written to travellers."""

from marshmallow import fields

from common.fields import Moment, Pattern, Schema
from notification_svc.domain.messages import Channel, Kind, State, redacted


class MessageFilterSchema(Schema):
    reservation = fields.String(
        required=True,
        validate=Pattern(r"^[A-Z2-9]{6}$", error="Six letters or digits."),
        metadata={"description": "its locator", "example": "K7Q2ZD"},
    )


class MessageSchema(Schema):
    name = fields.String(metadata={"description": "the message's public name"})
    kind = fields.Enum(Kind, by_value=True)
    channel = fields.Enum(Channel, by_value=True)
    recipient = fields.Function(
        lambda message: redacted(message.recipient), metadata={"type": "string", "example": "a…@example.org"}
    )
    language = fields.String()
    state = fields.Enum(State, by_value=True)
    attempts = fields.Integer()
    redeliveries = fields.Integer()
    error = fields.String(allow_none=True, metadata={"description": "what the other side said last"})
    created_at = Moment()
    next_attempt_at = Moment(allow_none=True)
    sent_at = Moment(allow_none=True)
    correlation_id = fields.UUID()
