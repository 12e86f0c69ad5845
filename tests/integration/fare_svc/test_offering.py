"""Offers, from departures that were heard of to a signature that anybody can verify."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from common.contracts.fare import Offer
from common.contracts.flight_v2 import seat_map_from_v1
from common.signatures import KeyRing, PrivateKey
from fare_svc.domain.itineraries import Connecting
from fare_svc.service import changes, departures, offering
from tests.builders import a_delay, a_departure_cancelled, a_flight, a_seat_map, in_days
from tests.integration.fare_svc.conftest import Fares, a_fare_row

KEY = PrivateKey("5e" * 32)
# Fixed once: a run may cross midnight.
MIDNIGHT = in_days(30).replace(hour=0, minute=0, second=0, microsecond=0)
DAY = MIDNIGHT.date()


def flight(number: int, origin: str, destination: str, *, hour: float, hours: float):
    """A departure of DAY (or the day after), at an hour of the clock, UTC for simplicity."""
    return a_flight(number, origin, destination, leaves=MIDNIGHT + timedelta(hours=hour), hours=hours)


@pytest.fixture
def timetable(selling: Fares) -> Fares:
    """Three ways from JFK to LAX on DAY (direct, by ORD, by ORD and DEN) and one back, each flight at 100 USD."""
    flights = [
        flight(1, "JFK", "LAX", hour=8, hours=6),
        flight(2, "JFK", "ORD", hour=7, hours=2),
        flight(3, "ORD", "LAX", hour=10, hours=4),
        flight(4, "ORD", "DEN", hour=10, hours=2),
        flight(5, "DEN", "LAX", hour=13, hours=2),
        flight(6, "LAX", "JFK", hour=30, hours=5),
    ]
    selling.database.write(departures.note_seat_maps, [seat_map_from_v1(a_seat_map())])
    selling.database.write(departures.note_scheduled, flights)
    rows = [a_fare_row(origin=each.origin, destination=each.destination, amount=Decimal(100)) for each in flights]
    selling.put("fares", *rows, a_fare_row(rule="FLEX", amount=Decimal(140)))
    return selling


def ask(selling: Fares, **changes):
    facts = {
        "origin": "JFK",
        "destination": "LAX",
        "day": DAY,
        "passengers": 2,
        "cabin": "economy",
        "sort": "price",
        "currency": "USD",
        "connecting": Connecting(least=timedelta(minutes=45), most=timedelta(hours=6)),
        "valid": timedelta(minutes=15),
        "key": KEY,
        "first": 0,
        "count": 20,
    }
    return selling.database.read(offering.offers, **{**facts, **changes})


def flown(offers):
    return [[segment.hop.flight_number for segment in signed.quote.segments] for signed in offers]


class TestOffers:
    def test_are_of_every_legal_way_the_cheapest_first(self, timetable):
        found, total = ask(timetable)

        assert flown(found) == [[1], [1], [2, 3], [2, 4, 5]]
        assert [signed.offer.total for signed in found] == [200, 280, 400, 600]
        assert total == 4

    def test_are_shown_page_by_page(self, timetable):
        found, total = ask(timetable, first=2, count=1)

        assert (flown(found), total) == ([[2, 3]], 4)

    def test_pair_a_return_with_every_way_out(self, timetable):
        found, _ = ask(timetable, return_day=DAY + timedelta(days=1))

        assert flown(found) == [[1, 6], [2, 3, 6], [2, 4, 5, 6]]
        assert found[0].offer.total == 400

    def test_are_signed_for_exactly_what_they_say(self, timetable):
        (signed, *_), _ = ask(timetable)

        offer = Offer.from_wire(KeyRing([KEY.public]).verify(signed.signature, kind=Offer.TYPE))

        assert offer == signed.offer
        assert offer.expires_at - offer.issued_at == timedelta(minutes=15)
        assert [(each.departure_id, each.amount) for each in offer.segments] == [(1, Decimal("100.00"))]

    def test_have_names_of_their_own(self, timetable):
        found, _ = ask(timetable)

        assert len({signed.offer.offer_id for signed in found}) == 4

    @pytest.mark.parametrize(
        "changes",
        [
            {"cabin": "business"},  # a Boeing 737 has none
            {"passengers": 400},
            {"currency": "EUR"},
            {"day": DAY + timedelta(days=9)},
            {"origin": "SEA"},
            {"return_day": DAY + timedelta(days=2)},
        ],
    )
    def test_are_none_where_nothing_fits(self, timetable, changes):
        assert ask(timetable, **changes) == ([], 0)

    def test_leave_out_what_is_withdrawn(self, timetable):
        flex = next(told["fareId"] for told in timetable.told() if told["family"] == "flex")
        timetable.withdraw(flex)

        assert flown(ask(timetable)[0]) == [[1], [2, 3], [2, 4, 5]]

    def test_follow_seasons(self, timetable):
        row = {"code": "peak", "name": "Peak", "starts": DAY, "ends": DAY, "factor": Decimal("1.5")}
        timetable.put("seasons", row)

        assert ask(timetable)[0][0].offer.total == 300


class TestNoteScheduled:
    def test_is_not_changed_by_older_news(self, timetable):
        older = flight(1, "JFK", "SEA", hour=8, hours=6)
        older = type(older)(**{**vars(older), "occurred_at": in_days(-1), "event_id": uuid4()})

        timetable.database.write(departures.note_scheduled, [older])

        assert flown(ask(timetable)[0])[0] == [1]


class TestADisruption:
    def delay(self, selling, number, *, minutes):
        """Delay a flight of the timetable that leaves at 7 and arrives at 9."""
        late = MIDNIGHT + timedelta(hours=7, minutes=minutes)
        news = a_delay(departure_id=number, departs_at=late, arrives_at=late + timedelta(hours=2))
        selling.database.write(changes.note_delayed, [news])

    def test_takes_a_cancelled_departure_out_of_every_way(self, timetable):
        timetable.database.write(changes.note_cancelled, [a_departure_cancelled(departure_id=4)])

        assert flown(ask(timetable)[0]) == [[1], [1], [2, 3]]

    def test_breaks_a_connection_that_is_too_short_by_the_new_time(self, timetable):
        self.delay(timetable, 2, minutes=30)

        assert flown(ask(timetable)[0]) == [[1], [1]]

    def test_shows_the_new_time(self, timetable):
        self.delay(timetable, 2, minutes=10)

        (connection,) = [signed for signed in ask(timetable)[0] if len(signed.quote.segments) == 2]
        assert connection.quote.segments[0].hop.departs_at.minute == 10

    def test_that_is_heard_before_its_departure_counts_too(self, selling):
        selling.database.write(changes.note_cancelled, [a_departure_cancelled(departure_id=1)])
        selling.database.write(departures.note_seat_maps, [seat_map_from_v1(a_seat_map())])
        older = flight(1, "JFK", "LAX", hour=8, hours=6)
        older = type(older)(**{**vars(older), "occurred_at": in_days(-1), "event_id": uuid4()})
        selling.database.write(departures.note_scheduled, [older])
        selling.put("fares", a_fare_row())

        assert ask(selling) == ([], 0)
