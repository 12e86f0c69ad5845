"""Operators' endpoints every service has: its parked messages, and the replay of its events. Never public."""

from typing import Any

from flask import g
from flask.views import MethodView
from marshmallow import fields, validate

from common import codec, replaying
from common.api import ServiceBlueprint
from common.applying import Applier, Handlers
from common.auth import caller, for_operators
from common.bus import Publisher
from common.config import settings
from common.db import Database
from common.fields import Flag, Moment, Schema, Text, Whole
from common.parking import operating, redriving

_STATES = ["parked", "redriven", "dropped"]
_REASON = {"metadata": {"description": "why; kept in the audit log"}}


class ListedSchema(Schema):
    state = fields.String(load_default="parked", validate=validate.OneOf([*_STATES, "all"]))
    queue = fields.String()
    kind = fields.String(validate=validate.OneOf(["event", "command"]))
    before_id = fields.Integer(validate=validate.Range(1, 2**62))
    count = fields.Integer(load_default=50, validate=validate.Range(1, 200))


class EditSchema(Schema):
    body = fields.Dict(required=True, metadata={"description": "the whole new body; a command's keyword arguments"})
    reason = Text(longest=200, required=True, **_REASON)


class DropSchema(Schema):
    reason = Text(longest=200, required=True, **_REASON)


class RedriveSchema(Schema):
    to = Text(longest=60, metadata={"description": "the one handler that is to have it; else all of them"})
    dry_run = Flag(load_default=False)
    reason = Text(longest=200, load_default="redriven", **_REASON)


class ReplaySchema(Schema):
    to = Text(longest=40, required=True, metadata={"description": "the subscriber, such as notification"})
    handler = Text(longest=60)
    since = fields.AwareDateTime(required=True)
    until = fields.AwareDateTime()
    types = fields.List(Text(longest=60), load_default=list)
    after_id = Whole(least=0, most=2**62, load_default=0)
    dry_run = Flag(load_default=False)
    reason = Text(longest=200, load_default="replayed", **_REASON)


class ParkedSchema(Schema):
    message_id = Whole(attribute="id")
    queue = fields.String()
    kind = fields.String(metadata={"enum": ["event", "command"]})
    routing_key = fields.String()
    name = fields.String(metadata={"description": "type and version of an event, task of a command, as far as known"})
    wire_id = fields.String(attribute="message_id", allow_none=True)
    state = fields.String(metadata={"enum": _STATES})
    error = fields.String()
    deliveries = fields.Integer()
    parked_at = Moment()
    last_at = Moment(allow_none=True)
    closed_at = Moment(allow_none=True)


class WholeMessageSchema(ParkedSchema):
    content_type = fields.String()
    encoding = fields.String(metadata={"enum": ["text", "base64"]})
    body = fields.Raw(metadata={"description": "the body as JSON, or as it came where it is none"})
    headers = fields.Dict(metadata={"description": "as they came; `x-death` is the broker's own history"})
    history = fields.List(fields.Dict(), metadata={"description": "what was done about it, and what it said before"})


class RedrivenSchema(Schema):
    readable = fields.Boolean()
    message = fields.String()
    error = fields.String()
    handlers = fields.List(fields.Dict())
    sent_to = fields.String(data_key="sentTo", attribute="sentTo")
    state = fields.String(metadata={"enum": _STATES})


class ReplayedSchema(Schema):
    events = fields.Integer()
    types = fields.List(fields.String())
    last_id = fields.Integer()
    more = fields.Boolean()
    oldest = Moment(allow_none=True)


def parking_blueprint(service: str, *, database: Database, handlers: Handlers) -> ServiceBlueprint:
    """Return the endpoints under /parked and /replays of a service that applies events by `handlers`."""
    blueprint = ServiceBlueprint("parked", __name__, description="Parked messages and replays (operators)")
    applier = Applier(service, handlers)

    @blueprint.route("/parked")
    class Parked(MethodView):
        @for_operators
        @blueprint.arguments(ListedSchema, location="query")
        @blueprint.response(200, ParkedSchema(many=True))
        def get(self, filters: dict[str, Any]) -> Any:
            """List parked messages, newest first; beforeId is the last one of the page before (operators)"""
            state = filters.pop("state")
            rows = database.read(operating.listing, state=None if state == "all" else state, **filters)
            return [_shown(row) for row in rows]

    @blueprint.route("/parked/<int:message_id>")
    class ParkedMessage(MethodView):
        @for_operators
        @blueprint.response(200, WholeMessageSchema)
        def get(self, message_id: int) -> Any:
            """Show a parked message: payload, error, history (operators)"""
            return _shown(database.read(operating.find, message_id=message_id))

        @for_operators
        @blueprint.arguments(EditSchema)
        @blueprint.response(200, WholeMessageSchema)
        @blueprint.alt_response(409, description="It was redriven or dropped already")
        def patch(self, body: dict[str, Any], message_id: int) -> Any:
            """Replace what a parked message says; the old body stays in its history (operators)"""
            edited = database.write(operating.edit, message_id=message_id, by=caller(), trace=g.correlation_id, **body)
            return _shown(edited)

        @for_operators
        @blueprint.arguments(DropSchema)
        @blueprint.response(200, WholeMessageSchema)
        @blueprint.alt_response(409, description="It was redriven or dropped already")
        def delete(self, body: dict[str, Any], message_id: int) -> Any:
            """Give a parked message up; it stays readable (operators)"""
            dropped = database.write(operating.drop, message_id=message_id, by=caller(), trace=g.correlation_id, **body)
            return _shown(dropped)

    @blueprint.route("/parked/<int:message_id>/redrive")
    class Redrive(MethodView):
        @for_operators
        @blueprint.arguments(RedriveSchema)
        @blueprint.response(200, RedrivenSchema)
        @blueprint.alt_response(409, description="It was redriven or dropped already, or still fails")
        def post(self, body: dict[str, Any], message_id: int) -> Any:
            """Apply a parked event now, or send a parked command again; or only try (operators)"""
            return redriving.redrive(
                database,
                applier,
                broker_url=settings().broker_url,
                message_id=message_id,
                by=caller(),
                trace=g.correlation_id,
                **{"to": None, **body},
            )

    @blueprint.route("/replays")
    class Replays(MethodView):
        @for_operators
        @blueprint.arguments(ReplaySchema)
        @blueprint.response(200, ReplayedSchema)
        def post(self, body: dict[str, Any]) -> Any:
            """Send past events again to one subscriber's queue only; the outbox keeps them for 14 days (operators)"""
            return database.write(
                replaying.replay,
                service=service,
                publisher=lambda: Publisher(settings().broker_url),
                by=caller(),
                trace=g.correlation_id,
                **{"handler": None, "until": None, **body},
            )

    return blueprint


def _shown(row: operating.Row) -> dict[str, Any]:
    """Return a row with its body as JSON where it is JSON, and its name."""
    try:
        body = codec.loads(row["body"]) if row["encoding"] == "text" else row["body"]
    except ValueError:
        body = row["body"]
    told = body if isinstance(body, dict) else {}
    name = f"{told.get('type')}.v{told.get('version')}" if "type" in told else row["headers"].get("task")
    return {**row, "body": body, "name": name or row["routing_key"]}
