"""HTTP shapes of flight_svc."""

from typing import Any

import marshmallow as ma
from marshmallow import fields

from common.fields import Moment, Pattern, Schema, Text, Whole
from flight_svc.domain.flights import MOST_MINUTES

_AIRPORT = Pattern(r"^[A-Z0-9]{3}$", error="An airport's IATA code: three capital letters, such as JFK.")
_CLOCK = Pattern(r"^([01]\d|2[0-3]):[0-5]\d$", error="A clock time, such as 08:30.")
_LOCAL = Pattern(
    r"^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)?$", error="A local time, such as 2026-12-01T09:15."
)


class SearchSchema(Schema):
    origin = fields.String(required=True, data_key="from", validate=_AIRPORT)
    destination = fields.String(required=True, data_key="to", validate=_AIRPORT)
    day = fields.Date(required=True, data_key="date", metadata={"description": "local date at the origin"})


class DepartureSchema(Schema):
    departure_id = Whole(attribute="id")
    airline = fields.String(attribute="flight.airline")
    airline_name = fields.String()
    flight_number = Whole(attribute="flight.flight_number")
    origin = fields.String(attribute="flight.origin")
    destination = fields.String(attribute="flight.destination")
    departs_at = Moment()
    departs_local = fields.String(metadata={"example": "2026-12-01T08:30:00-05:00"})
    arrives_at = Moment()
    arrives_local = fields.String()
    duration_minutes = fields.Integer()
    distance_km = fields.Integer()
    aircraft = fields.String(attribute="seat_map.aircraft")
    seats = fields.Integer(attribute="seat_map.seats")
    status = fields.String(metadata={"enum": ["scheduled", "delayed", "cancelled"]})
    status_reason = fields.String(allow_none=True, metadata={"description": "why it is delayed or cancelled"})
    scheduled_departs_at = Moment(metadata={"description": "by the timetable"})


class DelaySchema(Schema):
    minutes = Whole(most=MOST_MINUTES, metadata={"description": "after the time of the timetable", "example": 45})
    departs_local = fields.String(
        validate=_LOCAL,
        metadata={"description": "the new time on the clocks of the origin", "example": "2026-12-01T09:15"},
    )
    reason = Text(longest=120, required=True, metadata={"example": "late inbound aircraft"})

    @ma.validates_schema
    def check_one(self, data: dict[str, Any], **_: Any) -> None:
        if ("minutes" in data) == ("departs_local" in data):
            raise ma.ValidationError("Send either minutes or departsLocal.", "minutes")


class CancellationSchema(Schema):
    reason = Text(longest=120, required=True, metadata={"example": "storm at the origin"})


class ScheduleRowSchema(Schema):
    airline = fields.String(required=True, validate=Pattern(r"^[A-Z0-9]{2,3}$"), metadata={"example": "AA"})
    flight_number = Whole(required=True, most=9999)
    origin = fields.String(required=True, validate=_AIRPORT)
    destination = fields.String(required=True, validate=_AIRPORT)
    departs = fields.String(required=True, validate=_CLOCK, metadata={"description": "local, at the origin"})
    arrives = fields.String(
        required=True,
        validate=_CLOCK,
        metadata={"description": "local, at the destination; the first such time after the departure is meant"},
    )
    aircraft = Text(longest=80, required=True, metadata={"example": "Boeing 737-800"})
    seats = Whole(required=True, most=853)
    distance_km = Whole(required=True, most=25_000)


class ScheduleResultSchema(Schema):
    created = fields.Integer()
    unchanged = fields.Integer()
