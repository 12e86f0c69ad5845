"""A seat costs its fare, and more beside an exit."""

import pytest

from booking_svc.domain.prices import seat_price
from common.money import Money


class TestSeatPrice:
    @pytest.mark.parametrize(
        ("fare", "exit_row", "wanted"),
        [
            (Money(32400, "USD"), False, "324.00 USD"),
            (Money(32400, "USD"), True, "349.00 USD"),
            (Money(32412, "USD"), True, "349.12 USD"),
            (Money(32400, "JPY"), True, "32,425 JPY"),
        ],
    )
    def test_is_the_fare_and_twenty_five_whole_units_more_in_an_exit_row(self, fare, exit_row, wanted):
        assert str(seat_price(fare, exit_row=exit_row)) == wanted
