"""The seat map that travels between services."""

import json

import pytest

from common.contracts.seat_map import Cabin, Seat, SeatMap


def a_seat_map() -> SeatMap:
    return SeatMap(
        key="boeing-737-800-14",
        aircraft="Boeing 737-800",
        cabins=(
            Cabin.of(name="first", columns=("AC", "DF"), rows=[(1, "ACDF")]),
            Cabin.of(name="economy", columns=("ABC", "DEF"), rows=[(2, "ABCDEF"), (3, "ABCD")], exit_rows=[2]),
        ),
    )


class TestSeatMap:
    def test_lists_its_seats_front_to_back_and_left_to_right(self):
        assert " ".join(a_seat_map().seat_numbers()) == "1A 1C 1D 1F 2A 2B 2C 2D 2E 2F 3A 3B 3C 3D"
        assert a_seat_map().seat_count == 14

    def test_finds_a_seat_by_its_number(self):
        assert a_seat_map().find("2B") == Seat(number="2B", cabin="economy", position="middle", exit_row=True)
        assert a_seat_map().find("1A") == Seat(number="1A", cabin="first", position="window", exit_row=False)

    @pytest.mark.parametrize("number", ["1B", "3E", "4A", "2b", " 2B", "", "A", "02B"])
    def test_finds_nothing_where_there_is_no_such_seat(self, number):
        assert a_seat_map().find(number) is None

    def test_comes_back_from_json_as_it_was(self):
        sent = json.dumps(a_seat_map().to_dict())

        assert SeatMap.from_dict(json.loads(sent)) == a_seat_map()

    def test_has_this_json_form(self):
        assert a_seat_map().to_dict() == {
            "key": "boeing-737-800-14",
            "aircraft": "Boeing 737-800",
            "cabins": [
                {
                    "name": "first",
                    "columns": ["AC", "DF"],
                    "exitRows": [],
                    "rows": [{"number": 1, "seats": "ACDF"}],
                },
                {
                    "name": "economy",
                    "columns": ["ABC", "DEF"],
                    "exitRows": [2],
                    "rows": [{"number": 2, "seats": "ABCDEF"}, {"number": 3, "seats": "ABCD"}],
                },
            ],
        }

    def test_drops_fields_that_it_does_not_know(self):
        sent = a_seat_map().to_dict() | {"colour": "blue"}
        sent["cabins"][0]["curtain"] = True

        assert SeatMap.from_dict(sent) == a_seat_map()

    @pytest.mark.parametrize("field", ["key", "aircraft", "cabins"])
    def test_refuses_a_form_without_a_field(self, field):
        sent = a_seat_map().to_dict()
        del sent[field]

        with pytest.raises(ValueError, match=f"not a seat map: KeyError: '{field}'"):
            SeatMap.from_dict(sent)

    def test_refuses_a_cabin_it_does_not_know(self):
        sent = a_seat_map().to_dict()
        sent["cabins"][0]["name"] = "steerage"

        with pytest.raises(ValueError, match="no cabin called 'steerage'; known are first, business, economy"):
            SeatMap.from_dict(sent)

    def test_refuses_a_seat_number_that_occurs_twice(self):
        sent = a_seat_map().to_dict()
        sent["cabins"][1]["rows"][0]["number"] = 1

        with pytest.raises(ValueError, match="boeing-737-800-14 has a seat number twice"):
            SeatMap.from_dict(sent)


class TestCabin:
    def test_tells_window_middle_and_aisle_by_the_columns(self):
        cabin = Cabin.of(name="economy", columns=("ABC", "DEFG", "HJK"), rows=[(20, "ABCDEFGHJK")])

        positions = [seat.position for seat in cabin.rows[0].seats]

        assert positions == (
            ["window", "middle", "aisle"] + ["aisle", "middle", "middle", "aisle"] + ["aisle", "middle", "window"]
        )

    def test_calls_a_single_seat_on_its_side_a_window_seat(self):
        cabin = Cabin.of(name="economy", columns=("A", "BC"), rows=[(1, "ABC")])

        assert [seat.position for seat in cabin.rows[0].seats] == ["window", "aisle", "window"]

    def test_refuses_a_row_with_a_seat_that_has_no_column(self):
        with pytest.raises(ValueError, match="row 5 has seats 'ABG', but its cabin has columns AB-CD"):
            Cabin.of(name="economy", columns=("AB", "CD"), rows=[(5, "ABG")])
