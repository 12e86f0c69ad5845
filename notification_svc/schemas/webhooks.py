"""HTTP shapes of webhooks."""

from typing import Any

import marshmallow as ma
from marshmallow import fields

from common.fields import Flag, Moment, Schema, Text
from notification_svc.domain.endpoints import LONGEST_URL
from notification_svc.domain.webhooks import (
    LONGEST_DESCRIPTION,
    PUBLIC,
    DeliveryState,
    State,
    SwitchedOff,
    succeeded,
)

_EVENTS: dict[str, Any] = {
    "metadata": {
        "description": "which events; an agent hears those that name an airline, of their own",
        "example": ["ReservationConfirmed"],
    },
    "validate": ma.validate.Length(min=1, max=len(PUBLIC)),
}
_ONE_EVENT: dict[str, Any] = {"validate": ma.validate.OneOf(list(PUBLIC))}
_URL: dict[str, Any] = {
    "validate": ma.validate.Length(min=1, max=LONGEST_URL),
    "metadata": {"description": "https, of the public internet", "example": "https://hooks.example.org/aerosaga"},
}


class WebhookRequestSchema(Schema):
    url = fields.String(required=True, **_URL)
    events = fields.List(fields.String(**_ONE_EVENT), required=True, **_EVENTS)
    description = Text(longest=LONGEST_DESCRIPTION, load_default=None, allow_none=True)


class WebhookChangeSchema(Schema):
    url = fields.String(**_URL)
    events = fields.List(fields.String(**_ONE_EVENT), **_EVENTS)
    description = Text(longest=LONGEST_DESCRIPTION, allow_none=True)
    enabled = Flag(metadata={"description": "false switches it off, true on again"})

    @ma.validates_schema
    def _changes_something(self, data: dict[str, Any], **_: Any) -> None:
        if not data:
            raise ma.ValidationError("Name at least one thing to change: url, events, description or enabled.")


class WebhookSchema(Schema):
    webhook_id = fields.String(metadata={"description": "its public name", "example": "whk_bcdfghjklmnpqrstvw"})
    owner = fields.String(metadata={"description": "the name of the caller who made it"})
    airline = fields.String(allow_none=True, metadata={"description": "whose events it hears; null: of all"})
    url = fields.String()
    events = fields.List(fields.String())
    description = fields.String(allow_none=True)
    state = fields.Enum(State, by_value=True)
    disabled_reason = fields.Enum(
        SwitchedOff,
        by_value=True,
        allow_none=True,
        metadata={"description": "by_owner; gone: the receiver answered 410; failing: nothing came through for days"},
    )
    disabled_at = Moment(allow_none=True)
    failing_since = Moment(
        allow_none=True, metadata={"description": "since when every attempt has failed; null: the last one did not"}
    )
    old_secret_until = Moment(allow_none=True, metadata={"description": "until when the secret before signs too"})
    created_at = Moment()


class MadeWebhookSchema(WebhookSchema):
    secret = fields.String(
        metadata={"description": "what deliveries are signed with; shown here and never again", "example": "whsec_..."}
    )


class DeliveryFilterSchema(Schema):
    state = fields.Enum(DeliveryState, by_value=True)


class AttemptSchema(Schema):
    at = Moment()
    milliseconds = fields.Integer()
    status = fields.Integer(allow_none=True, metadata={"description": "the HTTP status; null: there was no answer"})
    error = fields.String(allow_none=True, metadata={"description": "why there was none"})
    answer = fields.String(metadata={"description": "the first 1000 characters of the answer's body"})
    succeeded = fields.Function(lambda attempt: succeeded(attempt.status), metadata={"type": "boolean"})


class DeliverySchema(Schema):
    delivery_id = fields.String(metadata={"example": "dlv_bcdfghjklmnpqrstvw"})
    event_id = fields.UUID(metadata={"description": "the webhook-id header of every attempt"})
    type = fields.String(metadata={"example": "ReservationConfirmed"})
    body = fields.String(metadata={"description": "what is sent, to the letter"})
    state = fields.Enum(DeliveryState, by_value=True)
    created_at = Moment()
    next_attempt_at = Moment(allow_none=True, metadata={"description": "when it is tried next; null: it is over"})
    delivered_at = Moment(allow_none=True)
    attempts = fields.List(fields.Nested(AttemptSchema), attribute="log")
