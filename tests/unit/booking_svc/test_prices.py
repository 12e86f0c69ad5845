"""The price of a seat is the formula that the docs state: no more to it, and exact."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking_svc.domain.prices import price
from common.money import Money

CABINS = {"economy": Decimal("1"), "business": Decimal("2.2"), "first": Decimal("3")}


class TestPrice:
    @pytest.mark.parametrize(
        ("distance_km", "cabin", "exit_row", "wanted"),
        [
            (3983, "economy", False, "324.00"),  # 45 + 0.07 * 3983 = 323.81
            (3983, "economy", True, "349.00"),
            (3983, "business", False, "712.00"),  # 323.81 * 2.2 = 712.382
            (3983, "first", False, "971.00"),  # 323.81 * 3 = 971.43
            (1, "economy", False, "45.00"),
            (50, "economy", False, "48.00"),  # 48.5, rounded to the even unit
        ],
    )
    def test_is_a_base_plus_a_rate_times_what_the_cabin_is_worth(self, distance_km, cabin, exit_row, wanted):
        found = price(distance_km=distance_km, cabin=cabin, exit_row=exit_row, currency="USD")

        assert (str(found.amount), found.currency) == (wanted, "USD")

    @given(
        distance_km=st.integers(1, 25_000),
        cabin=st.sampled_from(sorted(CABINS)),
        exit_row=st.booleans(),
        currency=st.sampled_from(["USD", "EUR", "JPY", "KWD"]),
    )
    def test_is_within_half_a_unit_of_the_formula_in_every_currency(self, distance_km, cabin, exit_row, currency):
        exact = (Decimal(45) + Decimal("0.07") * distance_km) * CABINS[cabin] + 25 * exit_row

        found = price(distance_km=distance_km, cabin=cabin, exit_row=exit_row, currency=currency)

        assert abs(found.amount - exact) <= Decimal("0.5")
        assert found.amount == found.amount.to_integral_value()

    @given(nearer=st.integers(1, 25_000), further=st.integers(1, 25_000))
    def test_never_falls_with_the_distance(self, nearer, further):
        near, far = sorted([nearer, further])

        assert _economy(near).minor <= _economy(far).minor


def _economy(distance_km: int) -> Money:
    return price(distance_km=distance_km, cabin="economy", exit_row=False, currency="USD")
