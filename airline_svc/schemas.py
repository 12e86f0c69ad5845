"""HTTP shapes of airline_svc."""

from marshmallow import fields, validate

from common.fields import Pattern, Schema, Text

_AIRLINE_CODE = Pattern(r"^[A-Z0-9]{2,3}$", error="Two or three capital letters or digits.")
_AIRPORT_CODE = Pattern(r"^[A-Z0-9]{3}$", error="Three capital letters or digits.")


class AirlineSchema(Schema):
    code = fields.String(required=True, validate=_AIRLINE_CODE, metadata={"example": "AA"})
    name = Text(longest=80, required=True, metadata={"example": "American Airlines Inc."})


class AirportSchema(Schema):
    code = fields.String(required=True, validate=_AIRPORT_CODE, metadata={"example": "JFK"})
    name = Text(longest=120, required=True)
    city = Text(longest=80, required=True)
    country = fields.String(required=True, validate=Pattern(r"^[A-Z]{2}$", error="ISO 3166 alpha-2."))
    latitude = fields.Float(required=True, allow_nan=False, validate=validate.Range(-90, 90))
    longitude = fields.Float(required=True, allow_nan=False, validate=validate.Range(-180, 180))
    time_zone = fields.String(required=True, metadata={"example": "America/New_York"})


class AirportQuerySchema(Schema):
    q = fields.String(
        validate=validate.Length(1, 40),
        metadata={"description": "how code, city or name, or a later word of it, begins"},
    )


class PutResultSchema(Schema):
    created = fields.Integer()
    updated = fields.Integer()
    unchanged = fields.Integer()
