"""Delays and cancellations of departures reach those who book, in whatever order the news come."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from booking_svc.domain.departures import DepartureIsCancelled
from booking_svc.domain.reservations import DepartureNotFound
from booking_svc.service import changes, departures
from common.db import Database
from tests.builders import a_delay, a_departure, a_departure_cancelled, a_seat_map
from tests.together import together

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
NEWS = (
    (departures.note_scheduled, a_departure(occurred_at=NOON)),
    (changes.note_delayed, a_delay(occurred_at=NOON + timedelta(hours=1))),
    (changes.note_delayed, a_delay(occurred_at=NOON + timedelta(hours=2), departs_local="2026-12-01T10:00:00-05:00")),
)
CANCELLED = (changes.note_cancelled, a_departure_cancelled(occurred_at=NOON + timedelta(hours=3)))


def shown(database: Database) -> dict:
    return database.read(departures.seat_map, departure_id=17, currency="USD")


@pytest.fixture
def knowing(either: Database) -> Database:
    """booking_svc that knows layouts and has not heard of any departure."""
    either.write(departures.note_seat_maps, [a_seat_map()])
    return either


class TestChanges:
    @pytest.mark.parametrize(
        "order", list(permutations(NEWS)), ids=lambda order: "".join(str(NEWS.index(n)) for n in order)
    )
    def test_end_in_the_newest_whatever_their_order(self, knowing, order):
        for handler, event in order:
            knowing.write(handler, [event])

        departure = shown(knowing)["departure"]
        assert (departure.status, departure.departs_local) == ("delayed", "2026-12-01T10:00:00-05:00")
        assert str(departure.local_date) == "2026-12-01"

    @pytest.mark.parametrize("order", list(permutations((NEWS[0], NEWS[1], CANCELLED))), ids=str)
    def test_end_in_a_cancellation_whatever_their_order(self, knowing, order):
        for handler, event in order:
            knowing.write(handler, [event])

        view = shown(knowing)
        assert (view["departure"].status, view["free"]) == ("cancelled", 0)
        (seats,) = knowing.read(departures.availability, departure_ids=[17], currency="USD")
        assert seats["free"] == 0

    def test_make_no_departure_of_their_own(self, knowing):
        knowing.write(changes.note_delayed, [NEWS[1][1]])

        with pytest.raises(DepartureNotFound):
            shown(knowing)

    def test_heard_at_the_same_moment_as_the_departure_are_not_lost(self, knowing):
        for departure_id in range(100, 110):
            scheduled = a_departure(departure_id=departure_id, occurred_at=NOON)
            delayed = a_delay(departure_id=departure_id, occurred_at=NOON + timedelta(hours=1))

            together(
                lambda scheduled=scheduled: knowing.write(departures.note_scheduled, [scheduled]),
                lambda delayed=delayed: knowing.write(changes.note_delayed, [delayed]),
            )

            view = knowing.read(departures.seat_map, departure_id=departure_id, currency="USD")
            assert view["departure"].status == "delayed"


class TestACancelledDeparture:
    def test_takes_no_reservation(self, booking):
        booking.database.write(changes.note_cancelled, [a_departure_cancelled()])

        with pytest.raises(DepartureIsCancelled, match="storm at the origin"):
            booking.request()

        assert booking.seats() == {}
