"""Endpoints every service has for operators: the timeline of a correlation id, the audit log, and its clocks."""

import uuid
from datetime import UTC, datetime
from typing import Any

from flask.views import MethodView
from flask_smorest import Blueprint
from marshmallow import fields, validate
from sqlalchemy import select
from sqlalchemy.orm import Session

from common import audit, journal
from common.auth import for_operators
from common.columns import now
from common.db import Database
from common.fields import Moment, Schema, Whole


class AuditQuerySchema(Schema):
    subject = fields.String(validate=validate.Length(1, 120), metadata={"example": "user usr_7f3a91c04be2d855"})
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
            return {"database": database.read(_time), "process": datetime.now(UTC)}


def _time(session: Session) -> datetime:
    told: datetime = session.execute(select(now())).scalar_one()
    return told
