"""How a seat map looks in a terminal."""

import io
from decimal import Decimal
from typing import Any

from rich.console import Console

from aerosaga import seat_map_view


def a_row(number: int, letters: str, *, exit_row: bool = False, **states: str) -> dict[str, Any]:
    """Return a row whose seats are free, but for those named by their letters."""
    price = Decimal("349.00") if exit_row else Decimal("324.00")
    seats = [{"number": f"{number}{each}", "state": states.get(each, "free"), "price": price} for each in letters]
    return {"number": number, "exitRow": exit_row, "seats": seats}


def drawn(*rows: dict[str, Any], columns: tuple[str, ...] = ("AB", "CD"), width: int = 100, **more: Any) -> list[str]:
    """Return the lines below the cabin's heading."""
    seat_map = {
        "departure": {
            "airline": "B6",
            "flightNumber": 23,
            "origin": "JFK",
            "destination": "LAX",
            "departsLocal": "2026-12-01T07:00:00-05:00",
        },
        "aircraft": "Airbus A320-200",
        "free": 198,
        "currency": "USD",
        "cabins": [{"name": "economy", "columns": list(columns), "rows": list(rows)}],
    }
    out = io.StringIO()
    Console(file=out, width=width, highlight=False).print(seat_map_view.view(seat_map, width=width, **more))
    return [line.rstrip() for line in out.getvalue().splitlines()]


class TestView:
    def test_begins_with_the_departure_and_how_many_seats_are_free(self):
        assert drawn(a_row(1, "ABCD"))[0] == ("B6 23 JFK to LAX, 2026-12-01 07:00, Airbus A320-200, 198 seats free")

    def test_tells_what_a_seat_of_the_cabin_costs(self):
        rows = a_row(1, "ABCD", A="taken"), a_row(2, "ABCD", exit_row=True)

        assert drawn(*rows)[2] == "economy  7 of 8 seats free, 324.00 USD, exit rows 349.00 USD"

    def test_draws_a_column_for_each_row_with_an_aisle_between_the_groups(self):
        assert drawn(a_row(7, "ABCD", A="taken", D="held"), a_row(8, "ABCD", exit_row=True))[3:10] == [
            "    7  8",
            "D   ◪  □",
            "C   □  □",
            "",
            "B   □  □",
            "A   ■  □",
            "       EX",
        ]

    def test_leaves_a_gap_where_a_short_row_has_no_seat(self):
        assert "D      □" in drawn(a_row(1, "ABC"), a_row(2, "ABCD"))

    def test_goes_on_below_what_does_not_fit_the_width(self):
        lines = drawn(*(a_row(number, "ABCD") for number in range(1, 41)), width=70)

        assert max(map(len, lines)) <= 70
        assert sum(line.startswith("A ") for line in lines) == 2

    def test_has_a_legend(self):
        assert drawn(a_row(1, "ABCD"))[-1] == "□ free   ◪ held   ■ taken   EX exit row"

    def test_uses_letters_where_the_terminal_knows_no_other_signs(self):
        lines = drawn(a_row(1, "ABCD", A="taken", B="held"), encoding="ascii")

        assert "A   X" in lines
        assert lines[-1].isascii()
