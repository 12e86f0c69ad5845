"""The hub: who is told what, what those who were away get, and what becomes of slow readers."""

import pytest

from gateway.stream.hub import Hub, Listener
from gateway.stream.news import HEARD, News, Topic, news_of
from gateway.stream.watching import watched, wish_of

TRIP, OTHER = Topic("trip", 7), Topic("trip", 8)


def told(listener: Listener) -> list[str]:
    """Take everything that waits for a listener, as the kinds and data of its messages."""
    found = []
    while not listener.queue.empty():
        _, kind, data, *_ = listener.queue.get_nowait().decode().splitlines()
        found.append(f"{kind.removeprefix('event: ')} {data.removeprefix('data: ')}")
    return found


def say(hub: Hub, topic: Topic, number: int) -> None:
    hub.publish(News(topic, {"number": number}))


def last_id(hub: Hub) -> str:
    """The id a listener has seen last, taken from a snapshot of now."""
    return hub.listen(OTHER, last_id=None).queue.get_nowait().decode().splitlines()[0].removeprefix("id: ")


class TestAListener:
    def test_begins_with_a_snapshot(self):
        assert told(Hub().listen(TRIP, last_id=None)) == ["snapshot {}"]

    def test_is_told_of_its_topic_only(self):
        hub = Hub()
        listener = hub.listen(TRIP, last_id=last_id(hub))

        say(hub, TRIP, 1)
        say(hub, OTHER, 2)

        assert told(listener) == ['changed {"number":1}']

    def test_that_comes_back_is_told_what_it_missed_and_no_more(self):
        hub = Hub()
        say(hub, TRIP, 1)
        seen = last_id(hub)
        say(hub, TRIP, 2)
        say(hub, OTHER, 3)
        say(hub, TRIP, 4)

        assert told(hub.listen(TRIP, last_id=seen)) == ['changed {"number":2}', 'changed {"number":4}']

    @pytest.mark.parametrize("seen", ["", "x", "1", "deadbeef-1", "-", "deadbeef-x", "deadbeef-²"])
    def test_that_was_told_by_somebody_else_gets_a_snapshot(self, seen):
        hub = Hub()
        say(hub, TRIP, 1)

        assert told(hub.listen(TRIP, last_id=seen)) == ["snapshot {}"]

    def test_that_was_away_for_too_long_gets_a_snapshot(self):
        hub = Hub()
        seen = last_id(hub)
        for number in range(6000):
            say(hub, OTHER, number)

        assert told(hub.listen(TRIP, last_id=seen)) == ["snapshot {}"]

    def test_that_reads_too_slowly_gets_a_snapshot_instead_of_a_heap(self):
        hub = Hub()
        listener = hub.listen(TRIP, last_id=last_id(hub))
        for number in range(101):
            say(hub, TRIP, number)

        assert told(listener) == ["snapshot {}"]

    def test_is_told_that_something_may_be_missing_when_the_broker_was_away(self):
        hub = Hub()
        listener = hub.listen(TRIP, last_id=last_id(hub))

        hub.publish_gap()

        assert told(listener) == ["snapshot {}"]

    def test_is_told_what_it_wants_and_nothing_else(self):
        hub = Hub()
        seen = last_id(hub)
        say(hub, TRIP, 1)
        listener = hub.listen(TRIP, last_id=seen, wants=lambda data: data["number"] > 1)

        say(hub, TRIP, 1)
        say(hub, TRIP, 2)

        assert told(listener) == ['changed {"number":2}']

    def test_that_left_is_told_nothing_and_counts_no_more(self):
        hub = Hub()
        listener = hub.listen(TRIP, last_id=None)
        told(listener)

        hub.leave(listener)
        hub.leave(listener)
        say(hub, TRIP, 1)

        assert told(listener) == []
        assert hub.count == 0


class TestTheRecent:
    def test_is_the_newest_first_of_what_is_wanted(self):
        hub = Hub(keeps=3)
        for number in range(5):
            say(hub, TRIP, number)
        say(hub, OTHER, 9)

        found = hub.recent(Listener(TRIP, lambda data: data["number"] != 3), count=10)

        assert [data["number"] for data in found] == [4]


BODY = {"type": "SeatHeld", "correlationId": "b9d1f1f2-6c55-4b7e-9a53-0d8f2f1c7a10"}


class TestWatching:
    @pytest.mark.parametrize(
        ("query", "fits"),
        [
            (b"", True),
            (b"name=SeatHeld", True),
            (b"name=SeatReleased", False),
            (b"correlation=B9D1F1F2-6c55-4b7e-9a53-0d8f2f1c7a10", True),
            (b"correlation=00000000-0000-4000-8000-000000000000&name=SeatHeld", False),
            (b"name=&correlation=", True),
        ],
    )
    def test_is_of_a_name_and_a_correlation_id(self, query, fits):
        assert wish_of(query).fits(BODY) is fits

    def test_shows_a_whole_event_and_none_that_says_who_somebody_is(self):
        news = watched(BODY)

        assert news
        assert news.data == BODY
        assert watched({"type": "ItineraryRecorded", "passengers": [{"lastName": "Lovelace"}]}) is None
        assert all(not event.personal for event in HEARD)


class TestNews:
    def test_of_a_seat_go_to_the_trip_and_without_names_to_the_departure(self):
        body = {
            "type": "SeatHeld",
            "reservationId": 7,
            "locator": "K7Q2ZD",
            "departureId": 17,
            "seatNumber": "12A",
            "occurredAt": "2026-12-01T13:30:00.000000Z",
        }

        to_trip, to_departure = news_of(body)

        assert to_trip.topic == Topic("trip", 7)
        assert to_departure.topic == Topic("departure", 17)
        assert to_departure.data == {"seat": "12A", "state": "taken", "at": body["occurredAt"]}

    def test_of_a_payment_go_to_its_trip(self):
        (news,) = news_of({"type": "PaymentFailed", "reservationId": 7, "reason": "expired_card"})

        assert news.topic == Topic("trip", 7)
        assert "reason" not in news.data

    def test_of_what_is_not_known_go_to_nobody(self):
        assert list(news_of({"type": "Nonsense"})) == []
