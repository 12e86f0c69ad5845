"""Each contract describes the bodies that are really on the wire, as others read JSON Schema."""

from datetime import UTC, datetime
from types import SimpleNamespace
from uuid import UUID

import pytest
from jsonschema import Draft202012Validator, FormatChecker, ValidationError

from common import codec, wire
from common.contracts.booking import SeatHeld
from common.contracts.payment import PaymentAuthorized, PaymentAuthorizeRequested, PaymentVoidRequested
from common.contracts.registry import inventory
from common.contracts.registry.examples import example
from common.contracts.registry.schema import wire_schema
from common.messages import Event

FORMATS = FormatChecker(formats=())
FORMATS.checks("uuid", raises=ValueError)(lambda value: UUID(str(value)))
FORMATS.checks("date-time", raises=ValueError)(lambda value: datetime.fromisoformat(str(value)).tzinfo is UTC)

every_message = pytest.mark.parametrize("cls", inventory.messages(), ids=inventory.title)


def check(cls, body):
    Draft202012Validator(wire_schema(cls), format_checker=FORMATS).validate(body)


class TestContracts:
    @every_message
    def test_are_json_schemas(self, cls):
        Draft202012Validator.check_schema(wire_schema(cls))

    @every_message
    def test_have_an_example_that_is_valid_and_is_read_as_it_was_written(self, cls):
        [shown] = wire_schema(cls)["examples"]

        check(cls, shown)
        assert codec.loads(codec.dumps(cls.from_wire(shown).to_wire())) == shown

    @every_message
    def test_have_an_example_that_shows_every_field(self, cls):
        assert example(cls).keys() == wire_schema(cls)["properties"].keys()

    @every_message
    def test_say_what_the_message_is_for(self, cls):
        assert wire_schema(cls)["description"]

    @every_message
    def test_explain_the_same_fields_in_events_and_commands(self, cls):
        said = wire_schema(cls)["properties"]

        assert all(said[name]["description"] for name in ("type", "version", "correlationId"))
        assert ("eventId" in said) == ("occurredAt" in said) == issubclass(cls, Event)

    @pytest.mark.parametrize("cls", inventory.events(), ids=inventory.title)
    def test_of_events_have_the_address_that_the_events_name_themselves(self, cls):
        body = example(cls)
        row = SimpleNamespace(
            exchange=cls.exchange,
            type=body["type"],
            version=body["version"],
            event_id=UUID(body["eventId"]),
            correlation_id=UUID(body["correlationId"]),
            occurred_at=datetime.fromisoformat(body["occurredAt"]),
        )

        assert wire_schema(cls)["$id"] == wire._headers(row, "json")["cloudEvents:dataschema"]


class TestBodies:
    @pytest.mark.parametrize(
        ("cls", "change"),
        [
            (SeatHeld, {"type": "SeatFreed"}),
            (SeatHeld, {"version": 2}),
            (SeatHeld, {"seatId": "987"}),
            (SeatHeld, {"eventId": "987"}),
            (SeatHeld, {"occurredAt": "yesterday"}),
            (SeatHeld, {"occurredAt": None}),
            (PaymentAuthorized, {"amount": "450.00"}),
            (PaymentAuthorizeRequested, {"paymentMethod": {"kind": "cash"}}),
            (PaymentAuthorizeRequested, {"paymentMethod": {"token": "tok_visa"}}),
        ],
        ids=str,
    )
    def test_with_a_wrong_field_are_refused(self, cls, change):
        with pytest.raises(ValidationError):
            check(cls, example(cls) | change)

    @pytest.mark.parametrize("missing", ["type", "version", "correlationId", "eventId", "occurredAt", "seatId"])
    def test_without_a_field_that_is_always_there_are_refused(self, missing):
        body = example(SeatHeld)
        del body[missing]

        with pytest.raises(ValidationError, match=missing):
            check(SeatHeld, body)

    def test_may_leave_out_what_is_optional(self):
        body = {key: value for key, value in example(PaymentVoidRequested).items() if key not in {"part", "reason"}}

        check(PaymentVoidRequested, body)
        assert PaymentVoidRequested.from_wire(body).part == 1

    def test_may_have_fields_that_nobody_knows_yet(self):
        body = example(PaymentAuthorizeRequested) | {"colour": "blue"}
        body["paymentMethod"]["brand"] = "visa"

        check(PaymentAuthorizeRequested, body)


class TestMeanings:
    def test_are_found_where_a_docstring_names_the_field(self):
        said = wire_schema(PaymentAuthorized)["properties"]

        assert said["authId"]["description"] == "`authId` is the payment's public name."

    def test_name_fields_as_the_wire_does(self):
        assert "`payBy`" in wire_schema(PaymentAuthorizeRequested)["description"]
