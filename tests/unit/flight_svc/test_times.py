"""Local clock times turned into instants."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flight_svc.domain.times import arrival_time, departure_time, duration_minutes, flight_times, local_iso

NEW_YORK = "America/New_York"
PHOENIX = "America/Phoenix"
HONOLULU = "Pacific/Honolulu"
SAN_JUAN = "America/Puerto_Rico"

ZONES = st.sampled_from(
    [
        NEW_YORK,
        "America/Chicago",
        "America/Denver",
        "America/Los_Angeles",
        "America/Anchorage",
        "America/Adak",
    ]
    + [
        PHOENIX,
        HONOLULU,
        SAN_JUAN,
        "Europe/London",
        "Asia/Kolkata",
        "Australia/Lord_Howe",
        "Pacific/Auckland",
    ]
)
DAYS = st.dates(date(2013, 1, 1), date(2037, 12, 31)) | st.sampled_from([date(2026, 3, 8), date(2026, 11, 1)])
CLOCKS = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.integers(0, 59))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def minutes(day: date, departs: str, arrives: str, origin: str, destination: str) -> int:
    leaves, lands = flight_times(
        day=day, departs=departs, arrives=arrives, origin_zone=origin, destination_zone=destination
    )
    return duration_minutes(departs_at=leaves, arrives_at=lands)


class TestDepartureTime:
    @pytest.mark.parametrize(
        ("day", "zone", "expected"),
        [
            (date(2026, 1, 15), NEW_YORK, "2026-01-15 13:30"),
            (date(2026, 7, 15), NEW_YORK, "2026-07-15 12:30"),
            (date(2026, 1, 15), PHOENIX, "2026-01-15 15:30"),
            (date(2026, 7, 15), PHOENIX, "2026-07-15 15:30"),
            (date(2026, 7, 15), HONOLULU, "2026-07-15 18:30"),
            (date(2026, 1, 15), SAN_JUAN, "2026-01-15 12:30"),
        ],
    )
    def test_reads_the_clock_of_the_airport(self, day, zone, expected):
        assert departure_time(day=day, clock="08:30", zone=zone) == utc(expected)

    def test_moves_a_time_skipped_in_spring_forward_by_the_gap(self):
        skipped = departure_time(day=date(2026, 3, 8), clock="02:30", zone=NEW_YORK)

        assert local_iso(skipped, NEW_YORK) == "2026-03-08T03:30:00-04:00"

    def test_takes_the_first_of_a_time_shown_twice_in_autumn(self):
        twice = departure_time(day=date(2026, 11, 1), clock="01:30", zone=NEW_YORK)

        assert local_iso(twice, NEW_YORK) == "2026-11-01T01:30:00-04:00"

    @given(day=DAYS, clock=CLOCKS, zone=ZONES)
    def test_is_shown_on_that_date_or_moved_by_a_gap_of_at_most_an_hour(self, day, clock, zone):
        shown = departure_time(day=day, clock=clock, zone=zone).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
        asked = datetime.fromisoformat(f"{day}T{clock}")

        assert timedelta(0) <= shown - asked <= timedelta(hours=1)

    @pytest.mark.parametrize("clock", ["24:00", "8:30", "08:60", "0830", "08:30:00", "", "०८:३०", "08:30\n"])
    def test_refuses_what_is_not_a_time_of_day(self, clock):
        with pytest.raises(ValueError, match="is not a time of day; write it as HH:MM"):
            departure_time(day=date(2026, 1, 15), clock=clock, zone=NEW_YORK)

    @pytest.mark.parametrize("zone", ["America/Gotham", "", "America", "../etc/passwd", "NA", "a\0b"])
    def test_refuses_a_zone_it_does_not_know(self, zone):
        with pytest.raises(ValueError, match="is not a known time zone"):
            departure_time(day=date(2026, 1, 15), clock="08:30", zone=zone)


class TestArrivalTime:
    def test_is_on_the_next_day_after_a_night_flight(self):
        leaves = departure_time(day=date(2026, 1, 15), clock="22:00", zone="America/Los_Angeles")

        lands = arrival_time(departs_at=leaves, clock="06:15", zone=NEW_YORK)

        assert local_iso(lands, NEW_YORK) == "2026-01-16T06:15:00-05:00"

    def test_may_be_earlier_on_the_clock_than_the_departure(self):
        assert minutes(date(2026, 7, 15), "09:00", "08:30", NEW_YORK, "America/Los_Angeles") == 150

    def test_may_be_on_an_earlier_date_across_the_date_line(self):
        leaves = departure_time(day=date(2026, 7, 15), clock="08:00", zone="Pacific/Auckland")

        lands = arrival_time(departs_at=leaves, clock="18:00", zone=HONOLULU)

        assert local_iso(lands, HONOLULU) == "2026-07-14T18:00:00-10:00"

    def test_is_the_second_of_a_time_shown_twice_when_the_first_is_before_departure(self):
        # 01:40 is the first one, in summer time; the next 01:20 is the second one, in winter time.
        assert minutes(date(2026, 11, 1), "01:40", "01:20", NEW_YORK, NEW_YORK) == 40

    def test_moves_a_time_skipped_in_spring_forward_by_the_gap(self):
        assert minutes(date(2026, 3, 8), "01:30", "02:30", NEW_YORK, NEW_YORK) == 60

    @given(day=DAYS, departs=CLOCKS, arrives=CLOCKS, origin=ZONES, destination=ZONES)
    def test_is_the_first_after_departure_that_shows_the_time(self, day, departs, arrives, origin, destination):
        leaves, lands = flight_times(
            day=day, departs=departs, arrives=arrives, origin_zone=origin, destination_zone=destination
        )

        assert leaves < lands <= leaves + timedelta(hours=25)
        assert leaves.tzinfo == lands.tzinfo == UTC
        there = ZoneInfo(destination)
        shown = [
            (leaves + timedelta(minutes=ahead)).astimezone(there).strftime("%H:%M")
            for ahead in range(1, duration_minutes(departs_at=leaves, arrives_at=lands))
        ]
        assert arrives not in shown

    def test_refuses_a_departure_without_a_time_zone(self):
        with pytest.raises(ValueError, match="has no time zone"):
            arrival_time(departs_at=datetime(2026, 1, 15, 8, 30), clock="11:00", zone=NEW_YORK)


class TestDurations:
    @pytest.mark.parametrize(
        ("day", "departs", "arrives", "origin", "destination", "expected"),
        [
            # New York changes to summer time in the night to 8 March 2026 and back in the night to 1 November.
            (date(2026, 3, 7), "10:00", "13:00", NEW_YORK, PHOENIX, 300),
            (date(2026, 3, 8), "10:00", "12:00", NEW_YORK, PHOENIX, 300),
            (date(2026, 10, 31), "10:00", "12:00", NEW_YORK, PHOENIX, 300),
            (date(2026, 11, 1), "10:00", "13:00", NEW_YORK, PHOENIX, 300),
            (date(2026, 3, 7), "10:00", "16:00", NEW_YORK, HONOLULU, 660),
            (date(2026, 3, 8), "10:00", "15:00", NEW_YORK, HONOLULU, 660),
            (date(2026, 3, 7), "08:00", "13:00", NEW_YORK, SAN_JUAN, 240),
            (date(2026, 3, 8), "08:00", "12:00", NEW_YORK, SAN_JUAN, 240),
            (date(2026, 11, 1), "08:00", "13:00", NEW_YORK, SAN_JUAN, 240),
            # In the air while the clocks change.
            (date(2026, 3, 7), "22:00", "07:00", "America/Los_Angeles", NEW_YORK, 300),
            (date(2026, 10, 31), "22:00", "05:00", "America/Los_Angeles", NEW_YORK, 300),
            (date(2026, 3, 8), "01:00", "04:00", NEW_YORK, NEW_YORK, 120),
            (date(2026, 11, 1), "00:30", "02:30", NEW_YORK, NEW_YORK, 180),
        ],
    )
    def test_are_right_across_zones_and_daylight_saving(self, day, departs, arrives, origin, destination, expected):
        assert minutes(day, departs, arrives, origin, destination) == expected


class TestLocalIso:
    def test_shows_the_clock_and_the_offset_of_the_zone(self):
        assert local_iso(utc("2026-12-01 13:30"), NEW_YORK) == "2026-12-01T08:30:00-05:00"

    @given(day=DAYS, clock=CLOCKS, zone=ZONES)
    def test_names_the_instant_it_was_given(self, day, clock, zone):
        instant = departure_time(day=day, clock=clock, zone=zone)

        assert datetime.fromisoformat(local_iso(instant, zone)) == instant

    def test_refuses_a_moment_without_a_time_zone(self):
        with pytest.raises(ValueError, match="has no time zone"):
            local_iso(datetime(2026, 1, 15, 8, 30), NEW_YORK)
