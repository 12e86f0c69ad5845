"""What an outside client hears on the exchanges: the events, under the names and with the fields that are promised."""

import json
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from deploy.servers import Servers
from tests.e2e.listening import Heard, Listener
from tests.stack import Json, Stack

EXCHANGES = ("airline.events", "flight.events", "booking.events", "payment.events")
EVERY_EVENT = {"type": str, "version": int, "eventId": str, "occurredAt": str, "correlationId": str}
RESERVATION = {"reservationId": int, "locator": str}
SEAT = {**RESERVATION, "seatId": int, "seatNumber": str, "departureId": int, "airline": str, "flightNumber": int}
PAYMENT = {"reservationId": int, "authId": str, "part": int, "amount": Decimal, "currency": str}
# Every field of every event of a reservation, and what it is in JSON.
EVENTS = {
    "ReservationInitiated": {
        **RESERVATION,
        "amount": Decimal,
        "currency": str,
        "payBy": str,
        "payLater": bool,
        "airlines": list,
    },
    "ItineraryRecorded": {
        **RESERVATION,
        "contact": dict,
        "passengers": list,
        "segments": list,
        "amount": Decimal,
        "currency": str,
        "payments": int,
    },
    "SeatTentativelyHeld": {**SEAT, "expiresAt": str},
    "SeatHeld": SEAT,
    "SeatReleased": {**SEAT, "reason": str},
    "ReservationConfirmed": RESERVATION,
    "ReservationFailed": {**RESERVATION, "reason": str},
    "PaymentAuthorized": PAYMENT,
    "PaymentFailed": {**PAYMENT, "reason": str},
    "PaymentCaptured": PAYMENT,
    "PaymentVoided": {**PAYMENT, "reason": str},
}
BEGUN = ["ReservationInitiated", "ItineraryRecorded", "SeatTentativelyHeld"]
UNDONE = ["SeatReleased", "ReservationFailed"]


@dataclass(frozen=True)
class Story:
    """A reservation and everything that was heard of it."""

    reservation: Json
    heard: list[Heard]

    @property
    def types(self) -> list[str]:
        return [message.body["type"] for message in self.heard]

    def __getitem__(self, type_: str) -> Heard:
        return next(message for message in self.heard if message.body["type"] == type_)


@pytest.fixture(scope="module")
def told(stack: Stack, backing: Servers) -> dict[str, Story]:
    """Four reservations, and what an outside client heard of each."""
    declined = {"kind": "card", "token": "tok_insufficient_funds"}
    part = {"kind": "card", "token": "tok_visa", "amount": Decimal("20.00")}
    wanted = {
        "expired": [*BEGUN, *UNDONE],
        "confirmed": [*BEGUN, "PaymentAuthorized", "ReservationConfirmed", "SeatHeld", "PaymentCaptured"],
        "declined": [*BEGUN, "PaymentFailed", *UNDONE],
        "half declined": [*BEGUN, "PaymentAuthorized", "PaymentFailed", *UNDONE, "PaymentVoided"],
    }
    with Listener(backing.urls.broker, EXCHANGES) as listener:
        made = {
            "expired": stack.book(payLater=True),
            "confirmed": stack.book(),
            "declined": stack.book(payments=[declined]),
            "half declined": stack.book(payments=[part, declined]),
        }

        def stories(heard: list[Heard]) -> dict[str, Story]:
            return {
                name: Story(booked, [each for each in heard if each.correlation_id == booked["correlationId"]])
                for name, booked in made.items()
            }

        listener.listen_until(
            lambda heard: all(set(wanted[name]) <= set(story.types) for name, story in stories(heard).items()),
            what=f"{wanted}",
        )
        return stories(listener.heard)


class TestTheStory:
    @pytest.mark.parametrize(
        ("name", "wanted"),
        [
            ("expired", [*BEGUN, *UNDONE]),
            ("confirmed", [*BEGUN, "PaymentAuthorized", "ReservationConfirmed", "SeatHeld", "PaymentCaptured"]),
            ("declined", [*BEGUN, "PaymentFailed", *UNDONE]),
            ("half declined", [*BEGUN, "PaymentAuthorized", "PaymentFailed", *UNDONE, "PaymentVoided"]),
        ],
    )
    def test_is_told_whole_and_each_thing_once(self, told, name, wanted):
        assert sorted(told[name].types) == sorted(wanted)

    @pytest.mark.parametrize("name", ["expired", "confirmed", "declined", "half declined"])
    def test_is_told_in_the_order_in_which_it_happened_by_each_of_its_tellers(self, told, name):
        for exchange in EXCHANGES:
            times = [message.body["occurredAt"] for message in told[name].heard if message.exchange == exchange]

            assert times == sorted(times)

    def test_names_the_true_reasons(self, told):
        assert told["expired"]["ReservationFailed"].body["reason"] == "timeout"
        assert told["expired"]["SeatReleased"].body["reason"] == "timeout"
        assert told["declined"]["PaymentFailed"].body["reason"] == "insufficient_funds"
        assert told["declined"]["SeatReleased"].body["reason"] == "payment_failed"
        assert told["declined"]["ReservationFailed"].body["reason"] == "insufficient_funds"

    def test_speaks_of_one_seat_and_one_reservation_by_the_same_names_throughout(self, told):
        story = told["confirmed"]

        assert {message.body["reservationId"] for message in story.heard} == {story.reservation["reservationId"]}
        assert story["SeatHeld"].body["seatId"] == story["SeatTentativelyHeld"].body["seatId"]
        assert story["SeatHeld"].body["seatNumber"] == story.reservation["seats"][0]["seatNumber"]
        assert story["SeatHeld"].body["flightNumber"] == story.reservation["seats"][0]["flightNumber"]
        assert story["PaymentCaptured"].body["authId"] == story["PaymentAuthorized"].body["authId"]


class TestAnEvent:
    @pytest.fixture(scope="class")
    @classmethod
    def messages(cls, told: dict[str, Story]) -> list[Heard]:
        """Every message heard; among them each type of event of a reservation."""
        found = [message for story in told.values() for message in story.heard]
        assert {message.body["type"] for message in found} == set(EVENTS)
        return found

    def test_has_the_fields_of_its_type_in_camel_case_and_no_others(self, messages):
        for message in messages:
            fields = EVERY_EVENT | EVENTS[message.body["type"]]

            assert {name: type(value) for name, value in message.body.items()} == fields, message

    def test_is_version_one_under_a_key_of_its_type_on_its_owners_exchange(self, messages):
        for message in messages:
            owner = "payment" if message.body["type"].startswith("Payment") else "booking"

            assert message.body["version"] == 1
            assert (message.exchange, message.routing_key) == (f"{owner}.events", f"{message.body['type']}.v1")

    def test_writes_amounts_as_exact_numbers_with_all_their_digits(self, messages):
        priced = [message for message in messages if "amount" in message.body]

        assert priced
        for message in priced:
            written = re.search(rb'"amount":(-?\d+\.\d\d)[,}]', message.raw)
            assert written, message.raw
            assert Decimal(written[1].decode()) == message.body["amount"] > 0
            assert message.body["currency"] == "USD"

    def test_tells_the_price_that_the_reservation_shows(self, told):
        for story in told.values():
            assert story["ReservationInitiated"].body["amount"] == story.reservation["price"]["amount"]

    def test_says_when_it_happened_in_utc_to_the_microsecond(self, messages):
        now = datetime.now(UTC)
        for message in messages:
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", message.body["occurredAt"])
            assert now - timedelta(minutes=5) < datetime.fromisoformat(message.body["occurredAt"]) <= now

    def test_has_a_name_of_its_own(self, messages):
        names = [UUID(message.body["eventId"]) for message in messages]

        assert len(set(names)) == len(names)

    def test_is_named_and_traced_by_the_properties_of_its_message(self, messages):
        for message in messages:
            properties, body = message.properties, message.body
            trace = UUID(body["correlationId"]).hex

            assert (properties.content_type, properties.content_encoding) == ("application/json", "utf-8")
            assert properties.delivery_mode == 2
            assert (properties.message_id, properties.correlation_id) == (body["eventId"], body["correlationId"])
            assert re.fullmatch(rf"00-{trace}-[0-9a-f]{{16}}-01", properties.headers["traceparent"])

    def test_is_a_cloud_event_in_binary_mode(self, messages):
        for message in messages:
            headers, body = message.properties.headers, message.body
            owner = message.exchange.removesuffix(".events")

            assert headers["cloudEvents:specversion"] == "1.0"
            assert headers["cloudEvents:id"] == body["eventId"]
            assert headers["cloudEvents:source"] == f"/{owner}_svc"
            assert headers["cloudEvents:type"] == f"aerosaga.{owner}.{body['type']}.v1"
            assert headers["cloudEvents:time"] == body["occurredAt"]
            assert headers["cloudEvents:dataschema"] == f"/contracts/{message.exchange}/{body['type']}.v1.json"


class TestACommand:
    def test_to_authorize_a_payment_is_as_the_design_prints_it(self, stack, backing):
        with Listener(backing.urls.broker, ["payment.commands"]) as listener:
            reservation = stack.book()

            def mine(heard: list[Heard]) -> list[Json]:
                # A Celery message: [arguments, keyword arguments, what follows].
                bodies = [json.loads(each.raw, parse_float=Decimal)[1] for each in heard]
                return [body for body in bodies if body["reservationId"] == reservation["reservationId"]]

            listener.listen_until(lambda heard: bool(mine(heard)), what="the command")
        (command,) = mine(listener.heard)
        told = {name: command[name] for name in ("type", "version", "correlationId", "reservationId", "currency")}
        assert told == {
            "type": "PaymentAuthorizeRequested",
            "version": 1,
            "correlationId": reservation["correlationId"],
            "reservationId": reservation["reservationId"],
            "currency": "USD",
        }
        assert command["amount"] == reservation["price"]["amount"] and isinstance(command["amount"], Decimal)
        assert command["paymentMethod"] == {"kind": "card", "token": "tok_visa"}
        assert {name: type(value) for name, value in command["metadata"].items()} == {
            "passengerId": int,
            "flightNumber": int,
            "airline": str,
        }
        stack.follow(reservation)


class TestTheTimetable:
    def test_is_told_too(self, stack, backing):
        day = datetime.now(UTC).date() + timedelta(days=300)
        row = {
            "airline": "ZZ",
            "flightNumber": secrets.randbelow(9999) + 1,
            "origin": "JFK",
            "destination": "LAX",
            "departs": "08:30",
            "arrives": "11:45",
            "aircraft": f"An aircraft seen once, {secrets.token_hex(4)}",
            "seats": 90,
            "distanceKm": 3983,
        }
        wanted = {"AirlineUpdated.v1", "SeatMapGenerated.v1", "FlightScheduled.v1"}
        with Listener(backing.urls.broker, EXCHANGES) as listener:
            stack.operate("PUT", "airline", "/airlines", [{"code": "ZZ", "name": f"Zeppelins {secrets.token_hex(4)}"}])
            stack.operate("PUT", "flight", f"/schedule/{day}", [row])
            listener.listen_until(lambda heard: wanted <= {message.routing_key for message in heard}, what=f"{wanted}")

        (scheduled,) = [each.body for each in listener.heard if each.routing_key == "FlightScheduled.v1"]
        assert {name: type(value) for name, value in scheduled.items()} == EVERY_EVENT | {
            "departureId": int,
            "airline": str,
            "flightNumber": int,
            "origin": str,
            "destination": str,
            "departsAt": str,
            "departsLocal": str,
            "arrivesAt": str,
            "arrivesLocal": str,
            "distanceKm": int,
            "seatMapKey": str,
        }
