"""The contracts hold what the design prints, and their names say who owns them."""

import importlib
import pkgutil
import re
from datetime import UTC, datetime
from uuid import UUID

import pytest

from common import codec, contracts
from common.contracts.booking import (
    ReservationConfirmed,
    ReservationEvent,
    ReservationFailed,
    SeatEvent,
    SeatHeld,
    SeatReleased,
)
from common.contracts.payment import PaymentAuthorized, PaymentAuthorizeRequested, PaymentEvent, PaymentFailed
from common.messages import Command, Event
from tests.builders import a_payment_failed, an_authorize_command, an_authorized

CORRELATION = UUID("b9d1f0de-0000-4000-8000-000000000001")
# Section 3 of the design, as it is printed there; the shortened correlation id is written out.
PRINTED_COMMAND = """
{"type":"PaymentAuthorizeRequested","version":1,"correlationId":"b9d1f0de-0000-4000-8000-000000000001",
 "reservationId":12345,"amount":450.00,"currency":"EUR","paymentMethod":{"kind":"card","token":"tok_visa"},
 "metadata":{"passengerId":3,"flightNumber":3003,"airline":"AA"}}
"""
SEAT = {"seat_id": 987, "seat_number": "12A", "departure_id": 17, "airline": "AA", "flight_number": 3003}
RESERVATION = {"correlation_id": CORRELATION, "reservation_id": 12345, "locator": "K7Q2ZD"}
PRINTED_EVENTS = [
    (
        an_authorized(correlation_id=CORRELATION, auth_id="pa_789"),
        (
            '{"type":"PaymentAuthorized","version":1,"reservationId":12345,"authId":"pa_789",'
            '"correlationId":"b9d1f0de-0000-4000-8000-000000000001"}'
        ),
    ),
    (
        a_payment_failed(correlation_id=CORRELATION, reason="insufficient_funds"),
        (
            '{"type":"PaymentFailed","version":1,"reservationId":12345,"reason":"insufficient_funds",'
            '"correlationId":"b9d1f0de-0000-4000-8000-000000000001"}'
        ),
    ),
    (
        SeatHeld(**RESERVATION, **SEAT),
        '{"type":"SeatHeld","version":1,"reservationId":12345,"seatId":987,"flightNumber":3003}',
    ),
    (
        SeatReleased(**RESERVATION, **SEAT, reason="payment_failed"),
        '{"type":"SeatReleased","version":1,"reservationId":12345,"seatId":987,"reason":"payment_failed"}',
    ),
    (ReservationConfirmed(**RESERVATION), '{"type":"ReservationConfirmed","version":1,"reservationId":12345}'),
    (
        ReservationFailed(**RESERVATION, reason="timeout"),
        '{"type":"ReservationFailed","version":1,"reservationId":12345,"reason":"timeout"}',
    ),
]
# Bases hold what several share, and are never sent themselves.
BASES = (ReservationEvent, SeatEvent, PaymentEvent)


def every(kind):
    """Return (owner, class) for each command or event that a service's contract declares."""
    found = []
    for info in pkgutil.iter_modules(contracts.__path__):
        module = importlib.import_module(f"common.contracts.{info.name}")
        found += [
            (info.name.partition("_v")[0], declared)
            for declared in vars(module).values()
            if isinstance(declared, type) and issubclass(declared, kind) and declared.__module__ == module.__name__
        ]
    return found


EVENTS = [(owner, event) for owner, event in every(Event) if event not in BASES]
COMMANDS = [(owner, command) for owner, command in every(Command) if hasattr(command, "task")]


def names(pair):
    return getattr(pair, "__name__", pair)


class TestPrintedExamples:
    def test_of_the_command_is_read_and_written_again_under_the_same_names(self):
        printed = codec.loads(PRINTED_COMMAND)

        written = codec.loads(codec.dumps(PaymentAuthorizeRequested.from_wire(printed).to_wire()))

        assert printed.items() <= written.items()

    @pytest.mark.parametrize(("event", "printed"), PRINTED_EVENTS, ids=[names(type(e)) for e, _ in PRINTED_EVENTS])
    def test_of_each_event_are_part_of_what_is_sent(self, event, printed):
        assert codec.loads(printed).items() <= codec.loads(codec.dumps(event.to_wire())).items()

    def test_of_the_command_cover_every_field_it_requires(self):
        required = set(PaymentAuthorizeRequested.schema()["required"])

        assert required <= codec.loads(PRINTED_COMMAND).keys()


class TestEvents:
    @pytest.mark.parametrize(("owner", "event"), EVENTS, ids=names)
    def test_are_published_on_their_owners_exchange(self, owner, event):
        assert event.exchange == f"{owner}.events"

    @pytest.mark.parametrize(("owner", "event"), EVENTS, ids=names)
    def test_are_named_by_what_happened(self, owner, event):
        assert re.fullmatch(r"([A-Z][a-z]+)+(ed|Held)", event.__name__)

    def test_have_a_routing_key_of_type_and_version_that_no_other_has(self):
        keys = [event.routing_key() for _, event in EVENTS]

        assert "PaymentAuthorized.v1" in keys
        assert len(keys) == len(set(keys))

    @pytest.mark.parametrize(("owner", "event"), EVENTS, ids=names)
    def test_carry_what_every_event_carries(self, owner, event):
        assert {"correlationId", "eventId", "occurredAt"} <= event.schema()["properties"].keys()


class TestCommands:
    @pytest.mark.parametrize(("owner", "command"), COMMANDS, ids=names)
    def test_go_to_their_owners_queue_as_a_task_of_that_service(self, owner, command):
        assert command.queue == f"{owner}.commands"
        assert command.task.startswith(f"{owner}_svc.")

    def test_name_a_task_that_no_other_names(self):
        tasks = [command.task for _, command in COMMANDS]

        assert len(tasks) == len(set(tasks))

    def test_keep_the_time_to_pay_by_exact_over_the_wire(self):
        sent = an_authorize_command(pay_by=datetime(2026, 12, 1, 13, 30, 0, 123456, tzinfo=UTC))

        assert PaymentAuthorizeRequested.from_wire(codec.loads(codec.dumps(sent.to_wire()))) == sent


class TestPaymentEvents:
    @pytest.mark.parametrize("event", [PaymentAuthorized, PaymentFailed])
    def test_never_carry_what_pays(self, event):
        assert not {"token", "paymentMethod", "cardNumber"} & event.schema()["properties"].keys()
