"""HTTP shapes of flight_svc."""

from marshmallow import fields

from common.fields import Moment, Pattern, Schema, Text, Whole

_AIRPORT = Pattern(r"^[A-Z0-9]{3}$", error="An airport's IATA code: three capital letters, such as JFK.")
_CLOCK = Pattern(r"^([01]\d|2[0-3]):[0-5]\d$", error="A clock time, such as 08:30.")


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
