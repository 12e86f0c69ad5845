"""Seat maps drawn from aircraft type and seat count."""

import csv
import gzip
import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.contracts.seat_map import SeatMap
from flight_svc.domain.seat_maps import MAX_SEATS, generate, map_key

PLANES = Path(__file__).parents[3] / "data" / "timetable" / "planes.csv.gz"
FLEET = sorted(
    {
        (f"{plane['manufacturer']} {plane['model']}", int(plane["seats"]))
        for plane in csv.DictReader(io.StringIO(gzip.decompress(PLANES.read_bytes()).decode()))
    }
)
TYPES = sorted({aircraft for aircraft, _ in FLEET})
ONE_OF_EACH_FAMILY = [
    "Boeing 717-200",
    "Boeing 737-800",
    "Boeing 767-300",
    "Airbus A330-200",
    "Boeing 777-200",
    "Boeing 747-400",
    "Boeing 787-8",
    "Bombardier CRJ900",
    "Embraer EMB-145LR",
    "Bombardier DHC-8-402",
    "LEARJET INC 60",
    "CESSNA 150",
]


def cabins_of(seat_map: SeatMap) -> list[tuple[str, str]]:
    return [(cabin.name, "-".join(cabin.columns)) for cabin in seat_map.cabins]


def exit_rows_of(seat_map: SeatMap) -> list[int]:
    return [row.number for cabin in seat_map.cabins for row in cabin.rows if row.exit_row]


class TestGenerate:
    @pytest.mark.parametrize("aircraft", ONE_OF_EACH_FAMILY)
    def test_draws_exactly_the_seats_asked_for_whatever_their_number(self, aircraft):
        for seats in range(1, 501):
            numbers = generate.__wrapped__(aircraft, seats).seat_numbers()

            assert len(numbers) == len(set(numbers)) == seats

    @pytest.mark.parametrize(("aircraft", "seats"), FLEET)
    def test_draws_exactly_the_seats_of_every_aircraft_of_the_register(self, aircraft, seats):
        assert generate(aircraft, seats).seat_count == seats

    @given(aircraft=st.text(min_size=1).filter(str.strip), seats=st.integers(1, MAX_SEATS))
    def test_draws_exactly_the_seats_asked_for_in_any_aircraft(self, aircraft, seats):
        assert generate(aircraft, seats).seat_count == seats

    @given(aircraft=st.sampled_from(TYPES), seats=st.integers(1, MAX_SEATS))
    def test_keeps_the_customs_of_numbering(self, aircraft, seats):
        seat_map = generate(aircraft, seats)
        rows = [row.number for cabin in seat_map.cabins for row in cabin.rows]

        assert 13 not in rows
        assert rows == [number for number in range(1, rows[-1] + 1) if number != 13]
        assert not any(seat.letter == "I" for seat in seat_map.seats())

    @given(aircraft=st.sampled_from(TYPES), seats=st.integers(1, MAX_SEATS))
    def test_leaves_only_the_last_row_short(self, aircraft, seats):
        for cabin in generate(aircraft, seats).cabins:
            full = "".join(cabin.columns)
            rows = cabin.rows if cabin.name != "economy" else cabin.rows[:-1]

            assert all(row.letters == full for row in rows)
            assert full.startswith(cabin.rows[-1].letters)

    @given(aircraft=st.sampled_from(TYPES), seats=st.integers(1, MAX_SEATS))
    def test_draws_a_map_that_survives_the_wire(self, aircraft, seats):
        seat_map = generate(aircraft, seats)

        assert SeatMap.from_dict(json.loads(json.dumps(seat_map.to_dict()))) == seat_map

    @pytest.mark.parametrize(
        ("aircraft", "seats", "cabins"),
        [
            ("Boeing 737-800", 172, [("first", "AC-DF"), ("economy", "ABC-DEF")]),
            ("BOEING 757-222", 178, [("first", "AC-DF"), ("economy", "ABC-DEF")]),
            ("AIRBUS INDUSTRIE A319-114", 145, [("first", "AC-DF"), ("economy", "ABC-DEF")]),
            ("Airbus A321-200", 199, [("first", "AC-DF"), ("economy", "ABC-DEF")]),
            ("MCDONNELL DOUGLAS DC-9-82(MD-82)", 172, [("first", "AB-EF"), ("economy", "AB-DEF")]),
            ("Boeing 717-200", 100, [("first", "AB-EF"), ("economy", "AB-DEF")]),
            ("BOMBARDIER INC CL-600-2D24", 95, [("first", "A-CD"), ("economy", "AB-CD")]),
            ("Bombardier CRJ200", 55, [("economy", "AB-CD")]),
            ("Embraer ERJ 190-100", 100, [("first", "A-CD"), ("economy", "AB-CD")]),
            ("Embraer EMB-145LR", 55, [("economy", "A-BC")]),
            ("Bombardier DHC-8-402", 76, [("economy", "AB-CD")]),
            ("Boeing 767-300", 330, [("business", "AB-DF-HK"), ("economy", "AB-DEF-HK")]),
            ("Airbus A330-200", 377, [("business", "AC-DG-HK"), ("economy", "AC-DEFG-HK")]),
            ("Boeing 777-200", 300, [("business", "AC-DG-HK"), ("economy", "ABC-DEG-HJK")]),
            ("Boeing 777-200", 400, [("business", "AC-DG-HK"), ("economy", "ABC-DEFG-HJK")]),
            ("Boeing 787-8", 260, [("business", "AC-DG-HK"), ("economy", "ABC-DEG-HJK")]),
            ("Boeing 747-400", 450, [("business", "AC-DG-HK"), ("economy", "ABC-DEFG-HJK")]),
            ("GULFSTREAM AEROSPACE G1159B", 22, [("economy", "A-B")]),
            ("PIPER PA-31-350", 8, [("economy", "A-B")]),
            ("BELL 206B", 5, [("economy", "A-B")]),
        ],
    )
    def test_seats_each_family_as_its_maker_does(self, aircraft, seats, cabins):
        assert cabins_of(generate(aircraft, seats)) == cabins

    def test_gives_a_tenth_of_the_seats_to_the_better_cabin(self):
        assert len(generate("Boeing 737-800", 172).cabins[0].rows) == 4

    def test_marks_the_exit_rows_above_the_wing(self):
        assert exit_rows_of(generate("Boeing 737-700", 140)) == [14]
        assert exit_rows_of(generate("Boeing 737-800", 172)) == [16, 17]

    def test_marks_the_rows_at_the_doors_of_a_wide_body(self):
        assert exit_rows_of(generate("Boeing 777-200", 400)) == [8, 26]

    def test_marks_no_exit_row_in_a_small_aircraft(self):
        assert exit_rows_of(generate("PIPER PA-31-350", 8)) == []

    def test_gives_the_same_map_the_same_key_every_time(self):
        assert generate("Boeing 737-800", 172) == generate.__wrapped__("Boeing 737-800", 172)
        assert generate("Boeing 737-800", 172).key == "boeing-737-800-172"

    @pytest.mark.parametrize("seats", [0, -1, MAX_SEATS + 1])
    def test_refuses_a_seat_count_that_no_aircraft_has(self, seats):
        with pytest.raises(ValueError, match=f"cannot have {seats} seats; an aircraft has between 1 and 853"):
            generate("Boeing 737-800", seats)

    def test_refuses_a_blank_aircraft(self):
        with pytest.raises(ValueError, match="it is blank"):
            generate("  ", 100)


class TestMapKey:
    def test_is_made_of_small_letters_digits_and_hyphens(self):
        assert map_key("MCDONNELL DOUGLAS DC-9-82(MD-82)", 172) == "mcdonnell-douglas-dc-9-82-md-82-172"

    def test_names_one_layout_in_the_whole_register(self):
        drawn = {}
        for aircraft, seats in FLEET:
            seat_map = generate(aircraft, seats)

            assert drawn.setdefault(seat_map.key, seat_map.cabins) == seat_map.cabins
