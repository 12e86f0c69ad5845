"""Two versions of one event: told as each other without loss, and retired no sooner than promised."""

from datetime import UTC, date, datetime, timedelta

import pytest

from common import codec
from common.applying import Applier
from common.contracts import flight, flight_v2, versions
from common.contracts.registry import files, inventory
from common.contracts.registry.published import Published
from common.contracts.registry.schema import wire_schema
from common.messages import Unreadable
from tests.builders import a_seat_map

V1 = "contracts/flight.events/SeatMapGenerated.v1.json"


def nothing(session, event):
    pass


def text(event):
    return codec.dumps(event.to_wire()).encode()


class TestTheUpcaster:
    def test_tells_version_1_as_version_2_and_back_without_loss(self):
        first = a_seat_map()

        second = flight_v2.seat_map_from_v1(first)

        assert flight_v2.seat_map_to_v1(second) == first
        assert second.event_id == first.event_id, "both are one fact"
        assert sum(len(row.seats) for cabin in second.cabins for row in cabin.rows) == first.seats

    def test_refuses_a_layout_that_is_none(self):
        with pytest.raises(Unreadable, match="this is not a seat map"):
            flight_v2.seat_map_from_v1(a_seat_map(seat_map={"cabins": "?"}))


class TestSuccessions:
    @pytest.mark.parametrize("succession", versions.SUCCESSIONS, ids=lambda each: inventory.title(each.older))
    def test_are_of_one_event_and_read_each_others_examples(self, succession):
        older, newer = succession.older, succession.newer
        assert (older.__name__, older.exchange) == (newer.__name__, newer.exchange)
        assert older.version < newer.version

        example = newer.from_wire(wire_schema(newer)["examples"][0])

        assert succession.upcast(succession.downcast(example)) == example

    def test_are_told_oldest_first_under_one_id(self):
        event = flight_v2.seat_map_from_v1(a_seat_map())

        told = versions.told(event)

        assert [type(each).version for each in told] == [1, 2]
        assert {each.event_id for each in told} == {event.event_id}

    def test_are_read_across_more_than_one_step(self, monkeypatch):
        third = flight_v2.cabins_of  # any callable does: what counts is the way through
        steps = versions.Succession(
            older=flight_v2.SeatMapGenerated,
            newer=flight.FlightScheduled,
            until=date(2027, 1, 1),
            upcast=lambda event: ("third", event.seat_map_key),
            downcast=third,
        )
        monkeypatch.setattr(versions, "SUCCESSIONS", (*versions.SUCCESSIONS, steps))

        read = versions.readings(flight.FlightScheduled)

        assert set(read) == {flight.SeatMapGenerated, flight_v2.SeatMapGenerated}
        assert read[flight.SeatMapGenerated](a_seat_map(seat_map_key="a-320")) == ("third", "a-320")


class TestAConsumer:
    def test_of_version_2_reads_version_1_as_version_2(self):
        applier = Applier("fare", {flight_v2.SeatMapGenerated: [nothing]})

        read = applier.read(text(a_seat_map()), "application/json")

        assert isinstance(read, flight_v2.SeatMapGenerated)

    def test_of_both_reads_each_as_it_is(self):
        applier = Applier("fare", {flight_v2.SeatMapGenerated: [nothing], flight.SeatMapGenerated: [nothing]})

        assert isinstance(applier.read(text(a_seat_map()), "application/json"), flight.SeatMapGenerated)

    def test_of_version_1_does_not_know_version_2(self):
        applier = Applier("booking", {flight.SeatMapGenerated: [nothing]})

        with pytest.raises(Unreadable, match="does not know SeatMapGenerated v2"):
            applier.read(text(flight_v2.seat_map_from_v1(a_seat_map())), "application/json")


class TestThePromise:
    def test_is_in_the_contract_of_the_older_version(self):
        schema = files.contracts()[V1]

        assert schema["deprecated"] is True
        assert schema["x-succession"] == {"by": "SeatMapGenerated v2", "until": "2027-06-30"}

    @pytest.mark.parametrize(("days", "broken"), [(1, True), (0, True), (-1, False)])
    def test_is_kept_until_its_day_is_past(self, monkeypatch, days, broken):
        until = (datetime.now(UTC).date() + timedelta(days=days)).isoformat()
        old = {**files.contracts()[V1], "x-succession": {"by": "SeatMapGenerated v2", "until": until}}
        remaining = [cls for cls in inventory.messages() if cls is not flight.SeatMapGenerated]
        monkeypatch.setattr(inventory, "messages", lambda: remaining)
        monkeypatch.setattr(inventory, "RETIRED", {"flight.events/SeatMapGenerated.v1": "nobody hears it"})

        said = files.broken([Published(where="release v1", contracts={V1: old})])

        assert [f"was promised until {until}" in sentence for sentence in said] == ([True] if broken else [])
