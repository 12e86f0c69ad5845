"""Endpoints every service has for operators: the timeline of a correlation id, the audit log, and the clocks."""

import uuid
from datetime import UTC, datetime
from typing import Any

from flask import g
from flask.views import MethodView
from flask_smorest import Blueprint
from marshmallow import fields, validate
from sqlalchemy import select
from sqlalchemy.orm import Session

from common import audit, clock, journal
from common.auth import Caller, caller, for_operators
from common.columns import now
from common.db import Database
from common.fields import Moment, Schema, Text, Whole


class AuditQuerySchema(Schema):
    subject = fields.String(validate=validate.Length(1, 120), metadata={"example": "user usr_7f3a91c04be2"})
    # Not Whole: what stands in an address is text.
    before = fields.Integer(
        validate=validate.Range(1, 2**62), metadata={"description": "only entries older than the one of this id"}
    )
    count = fields.Integer(validate=validate.Range(1, 200), load_default=50)


class AuditEntrySchema(Schema):
    id = Whole()
    at = Moment()
    actor = fields.String(metadata={"description": "the name of the caller, never an address"})
    role = fields.String()
    act = fields.String()
    subject = fields.String()
    reason = fields.String(allow_none=True)
    correlation_id = fields.UUID()
    detail = fields.Dict()


class TimelineEntrySchema(Schema):
    at = Moment()
    kind = fields.String(metadata={"description": "`event`: said here; `heard`: applied here; else what was done"})
    name = fields.String()
    detail = fields.Dict()
    service = fields.String()


class ClockSchema(Schema):
    database = Moment(metadata={"description": "by which all that is kept is dated, and every deadline ends"})
    process = Moment(metadata={"description": "by the machine of the process that answers"})
    ahead_seconds = Whole(
        least=0,
        most=clock.FURTHEST,
        metadata={"description": "how far an operator has moved the database's clock ahead"},
    )
    movable = fields.Boolean(metadata={"description": "whether it can be moved at all: in the demo only"})


class MoveSchema(Schema):
    ahead_seconds = Whole(
        least=0,
        most=clock.FURTHEST,
        required=True,
        metadata={"description": "ahead of the machine's clock, in all; never less than it is", "example": 3600},
    )
    reason = Text(longest=200, required=True, metadata={"description": "why; kept in the audit log"})


def add_to(blueprint: Blueprint, *, service: str, database: Database) -> None:
    """Add the endpoints to a blueprint of a service. They are internal: the public door leads to none of them."""

    @blueprint.route("/timeline/<uuid:correlation_id>")
    class Timeline(MethodView):
        @for_operators
        @blueprint.response(200, TimelineEntrySchema(many=True))
        def get(self, correlation_id: uuid.UUID) -> Any:
            """What was done, said and heard here for one correlation id, oldest first (operators)"""
            return database.read(journal.timeline, service=service, correlation_id=correlation_id)

    @blueprint.route("/audit")
    class AuditLog(MethodView):
        @for_operators
        @blueprint.arguments(AuditQuerySchema, location="query")
        @blueprint.response(200, AuditEntrySchema(many=True))
        def get(self, query: dict[str, Any]) -> Any:
            """Who did what here by a right that travellers do not have, newest first (operators)"""
            return database.read(
                audit.entries, before_id=query.get("before"), subject=query.get("subject"), count=query["count"]
            )

    @blueprint.route("/clock")
    class Clock(MethodView):
        @for_operators
        @blueprint.response(200, ClockSchema)
        def get(self) -> Any:
            """What time it is by the database and by the process that answers (operators)"""
            return _clock(database)

        @for_operators
        @blueprint.arguments(MoveSchema)
        @blueprint.response(200, ClockSchema)
        @blueprint.alt_response(409, description="No clock can be moved here: it is not the demo")
        @blueprint.alt_response(422, description="It would go back, more than a week at once, or beyond a year")
        def put(self, body: dict[str, Any]) -> Any:
            """Move the clock of all services' databases ahead, in the demo only (operators)"""
            seconds, reason = body["ahead_seconds"], body["reason"]
            clock.check(seconds)
            if seconds != clock.ahead():
                # Noted before it is done: whoever dies in between has moved nothing, and asks again.
                database.write(_note_move, by=caller(), reason=reason, trace=g.correlation_id, seconds=seconds)
                clock.move(seconds)
            return _clock(database)


def _clock(database: Database) -> dict[str, Any]:
    return {
        "database": database.read(_time),
        "process": datetime.now(UTC),
        "ahead_seconds": clock.ahead(),
        "movable": clock.is_movable(),
    }


def _note_move(session: Session, *, by: Caller, reason: str, trace: uuid.UUID, seconds: int) -> None:
    audit.record(
        session,
        by=by,
        act="move the clock",
        subject="clock",
        correlation_id=trace,
        reason=reason,
        ahead_seconds=seconds,
    )


def _time(session: Session) -> datetime:
    told: datetime = session.execute(select(now())).scalar_one()
    return told
