"""HTTP shapes of auditor_svc."""

from marshmallow import fields, validate

from common.fields import Moment, Schema


class FindingFilterSchema(Schema):
    resolved = fields.Boolean(load_default=False, metadata={"description": "also those that are resolved"})
    limit = fields.Integer(load_default=100, validate=validate.Range(1, 1000))


class FindingSchema(Schema):
    rule = fields.String()
    promise = fields.String(attribute="rule.promise", metadata={"description": "what should be so"})
    subject = fields.String(metadata={"example": "reservation 17"})
    detail = fields.Dict(keys=fields.String())
    first_seen_at = Moment()
    last_seen_at = Moment()
    resolved_at = Moment(allow_none=True)


class ReadingSchema(Schema):
    book = fields.String()
    entries = fields.Integer(metadata={"description": "looked at in a whole round"})
    ended_at = Moment(allow_none=True)
    age_seconds = fields.Float(allow_none=True, metadata={"description": "since the last whole round ended"})


class RuleSchema(Schema):
    rule = fields.String()
    promise = fields.String()
    open = fields.Integer()


class ReportSchema(Schema):
    rules = fields.List(fields.Nested(RuleSchema))
    readings = fields.List(fields.Nested(ReadingSchema))
    findings = fields.List(fields.Nested(FindingSchema))
