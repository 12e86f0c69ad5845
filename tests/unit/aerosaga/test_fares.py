"""The fares that come with the timetable are the formula that the docs state: no more to it, and exact."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aerosaga.fares import fares, rules, seasons

CABINS = {"economy": Decimal("1"), "business": Decimal("2.2"), "first": Decimal("3")}
FACTORS = {"BASIC": Decimal("1"), "BASIC-21": Decimal("0.85"), "STANDARD": Decimal("1.15"), "FLEX": Decimal("1.4")}


def amounts(distance_km: int) -> dict[tuple[str, str], Decimal]:
    row = {"airline": "AA", "origin": "JFK", "destination": "LAX", "distanceKm": distance_km}
    return {(fare["cabin"], fare["rule"]): fare["amount"] for fare in fares([row], "USD")}


class TestFares:
    @pytest.mark.parametrize(
        ("distance_km", "cabin", "rule", "wanted"),
        [
            (3983, "economy", "BASIC", "324"),  # 45 + 0.07 * 3983 = 323.81
            (3983, "economy", "BASIC-21", "275"),  # 323.81 * 0.85 = 275.24
            (3983, "economy", "STANDARD", "372"),  # 323.81 * 1.15 = 372.38
            (3983, "economy", "FLEX", "453"),  # 323.81 * 1.4 = 453.33
            (3983, "business", "BASIC", "712"),  # 323.81 * 2.2 = 712.38
            (3983, "first", "FLEX", "1360"),  # 323.81 * 3 * 1.4 = 1360.00
            (50, "economy", "BASIC", "48"),  # 48.5, rounded to the even unit
        ],
    )
    def test_are_a_base_and_a_rate_times_what_cabin_and_rule_are_worth(self, distance_km, cabin, rule, wanted):
        assert amounts(distance_km)[cabin, rule] == Decimal(wanted)

    @given(distance_km=st.integers(1, 25_000))
    def test_are_whole_units_within_half_a_unit_of_the_formula(self, distance_km):
        for (cabin, rule), amount in amounts(distance_km).items():
            exact = (Decimal(45) + Decimal("0.07") * distance_km) * CABINS[cabin] * FACTORS[rule]

            assert abs(amount - exact) <= Decimal("0.5")
            assert amount == amount.to_integral_value()

    def test_are_put_once_for_each_route_and_follow_rules_that_are_there(self):
        row = {"airline": "AA", "origin": "JFK", "destination": "LAX", "distanceKm": 3983}

        found = fares([row, {**row, "flightNumber": 3}, {**row, "airline": "DL"}], "USD")

        names = [(fare["airline"], fare["cabin"], fare["rule"]) for fare in found]
        assert len(names) == len(set(names)) == 20
        assert {fare["rule"] for fare in found} == {rule["code"] for rule in rules("USD")}


class TestSeasons:
    def test_of_a_year_have_its_name_and_begin_in_it(self):
        found = seasons([2026])

        assert [season["code"] for season in found] == ["summer-2026", "christmas-2026"]
        assert all(season["starts"].year == 2026 and season["starts"] <= season["ends"] for season in found)
        assert found[1]["ends"] == date(2027, 1, 3)
