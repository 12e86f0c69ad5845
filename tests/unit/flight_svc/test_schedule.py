"""Putting departures on sale: all rows or none, once each, told by events."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from common.outbox import outbox
from flight_svc.domain.flights import BadSchedule, UnknownDeparture
from flight_svc.models import Departure, DrawnSeatMap, Flight
from flight_svc.service import finding
from tests.unit.flight_svc.conftest import WINTER_DAY, a_row, put


def told(session: Session, kind: str) -> list[dict]:
    return list(session.scalars(select(outbox.c.body).where(outbox.c.type == kind).order_by(outbox.c.id)))


def count(session: Session, table: type) -> int:
    return session.scalar(select(func.count()).select_from(table))


class TestSchedule:
    def test_puts_a_departure_on_sale_with_the_times_of_both_airports(self, session):
        assert put(session, a_row()) == {"created": 1, "unchanged": 0}

        departure = session.scalars(select(Departure)).one()
        assert departure.departs_at == datetime(2026, 12, 1, 13, 30, tzinfo=UTC)
        assert departure.departs_local == "2026-12-01T08:30:00-05:00"
        assert departure.arrives_at == datetime(2026, 12, 1, 19, 45, tzinfo=UTC)
        assert departure.arrives_local == "2026-12-01T11:45:00-08:00"

    def test_tells_of_the_departure_and_of_its_seat_map(self, session):
        put(session, a_row())

        (scheduled,) = told(session, "FlightScheduled")
        older, drawn = told(session, "SeatMapGenerated")
        assert scheduled["departureId"] == session.scalar(select(Departure.id))
        assert (scheduled["airline"], scheduled["flightNumber"], scheduled["distanceKm"]) == ("AA", 1, 3983)
        assert scheduled["seatMapKey"] == drawn["seatMapKey"] == "boeing-737-800-172"
        assert drawn["seats"] == 172
        assert (older["version"], drawn["version"]) == (1, 2)
        assert older["eventId"] == drawn["eventId"], "one fact, in the two versions that are published"

    def test_changes_and_tells_nothing_the_second_time(self, session):
        put(session, a_row(), a_row(flight_number=2))

        assert put(session, a_row(), a_row(flight_number=2)) == {"created": 0, "unchanged": 2}
        assert count(session, Departure) == len(told(session, "FlightScheduled")) == 2

    def test_takes_a_row_that_is_sent_twice_as_one(self, session):
        assert put(session, a_row(), a_row()) == {"created": 1, "unchanged": 0}

    def test_adds_what_is_new_to_a_day_that_has_departures(self, session):
        put(session, a_row())

        assert put(session, a_row(), a_row(origin="EWR")) == {"created": 1, "unchanged": 1}

    def test_sells_the_same_flight_on_another_day(self, session):
        put(session, a_row())

        assert put(session, a_row(), day=date(2026, 12, 2)) == {"created": 1, "unchanged": 0}
        assert (count(session, Flight), count(session, Departure)) == (1, 2)

    def test_draws_and_tells_a_layout_once_for_all_departures_that_have_it(self, session):
        put(session, a_row(), a_row(flight_number=2), a_row(flight_number=3, seats=160))
        put(session, a_row(), day=date(2026, 12, 2))

        drawn = [each for each in told(session, "SeatMapGenerated") if each["version"] == 2]
        assert count(session, DrawnSeatMap) == len(drawn) == 2

    def test_takes_an_empty_day(self, session):
        assert put(session) == {"created": 0, "unchanged": 0}

    @pytest.mark.parametrize(
        ("changes", "why"),
        [
            ({"origin": "XXX"}, "Row 2: there is no airport XXX"),
            ({"destination": "QQQ"}, "Row 2: there is no airport QQQ"),
            ({"departs": "24:00"}, "Row 2: .*24:00"),
            ({"seats": 854}, "Row 2: .*853"),
            ({"aircraft": " "}, "Row 2: .*aircraft"),
        ],
    )
    def test_refuses_all_rows_for_one_that_cannot_be_flown(self, session, changes, why):
        with pytest.raises(BadSchedule, match=why) as refusal:
            put(session, a_row(), a_row(flight_number=2, **changes))

        assert refusal.value.extra == {"row": 2}
        assert count(session, Departure) == count(session, Flight) == 0

    @pytest.mark.parametrize(
        ("day", "origin", "destination", "departs"),
        [
            (date(1, 1, 1), "NRT", "LAX", "00:10"),  # in UTC, the day before the first
            (date(9999, 12, 31), "LAX", "NRT", "23:50"),
        ],
    )
    def test_refuses_a_flight_that_would_leave_the_calendar(self, session, day, origin, destination, departs):
        with pytest.raises(BadSchedule, match=f"^Row 1: a flight on {day} would leave the calendar"):
            put(session, a_row(origin=origin, destination=destination, departs=departs), day=day)


class TestSearch:
    def test_finds_the_departures_of_a_local_date_earliest_first(self, session):
        put(session, a_row(flight_number=2, departs="23:50"), a_row(flight_number=1, departs="06:00"))
        put(session, a_row(flight_number=3), day=date(2026, 12, 2))

        found, total = finding.search(session, origin="JFK", destination="LAX", day=WINTER_DAY, first=0, count=10)

        # 23:50 in New York is the next day in UTC, and still this day's departure.
        assert ([departure.flight.flight_number for departure in found], total) == ([1, 2], 2)

    def test_hands_out_pages_and_tells_how_many_there_are_in_all(self, session):
        put(session, *(a_row(flight_number=number, departs=f"1{number}:00") for number in range(5)))

        found, total = finding.search(session, origin="JFK", destination="LAX", day=WINTER_DAY, first=3, count=3)

        assert ([departure.flight.flight_number for departure in found], total) == ([3, 4], 5)

    def test_does_not_know_departures_that_are_not_there(self, session):
        with pytest.raises(UnknownDeparture, match="no departure 4711"):
            finding.find(session, departure_id=4711)
