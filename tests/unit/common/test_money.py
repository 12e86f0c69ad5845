"""Money: exact, in one currency, never more precise than the currency is."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.money import Money, WrongAmount

CURRENCIES = st.sampled_from(["USD", "EUR", "JPY", "KWD", "ISK", "BHD"])
MINOR = st.integers(min_value=-(10**15), max_value=10**15)


class TestOf:
    @given(minor=MINOR, currency=CURRENCIES)
    def test_reads_back_every_amount_it_shows(self, minor, currency):
        money = Money(minor, currency)

        assert Money.of(money.amount, currency) == money

    @pytest.mark.parametrize(
        ("amount", "currency", "minor"),
        [
            ("450.00", "EUR", 45000),
            ("450", "EUR", 45000),
            ("450", "JPY", 450),
            ("0.125", "KWD", 125),
            ("1E+3", "USD", 10**5),
        ],
    )
    def test_counts_in_the_currencys_smallest_unit(self, amount, currency, minor):
        assert Money.of(Decimal(amount), currency).minor == minor

    @pytest.mark.parametrize(
        ("amount", "currency"),
        [("0.001", "USD"), ("0.5", "JPY"), ("0.0001", "BHD"), ("1E-400", "USD"), ("NaN", "USD"), ("Infinity", "USD")],
    )
    def test_refuses_what_is_no_amount_of_the_currency(self, amount, currency):
        with pytest.raises(WrongAmount, match=r"decimal places|amount"):
            Money.of(Decimal(amount), currency)

    @pytest.mark.parametrize("amount", ["100." + "0" * 40 + "1", "1E+999999", "9" * 60])
    def test_refuses_rather_than_rounds_what_has_too_many_digits(self, amount):
        with pytest.raises(WrongAmount):
            Money.of(Decimal(amount), "USD")

    @given(
        minor=MINOR,
        currency=CURRENCIES,
        beyond=st.integers(min_value=1, max_value=40),
        digit=st.integers(min_value=1, max_value=9),
    )
    def test_refuses_any_digit_beyond_the_currencys_places(self, minor, currency, beyond, digit):
        shown = format(Money(minor, currency).amount, "f")
        text = (shown if "." in shown else f"{shown}.") + "0" * (beyond - 1) + str(digit)

        with pytest.raises(WrongAmount):
            Money.of(Decimal(text), currency)


class TestSums:
    @given(one=MINOR, other=MINOR, currency=CURRENCIES)
    def test_are_exact_and_can_be_taken_back(self, one, other, currency):
        total = Money(one, currency) + Money(other, currency)

        assert total.minor == one + other
        assert total - Money(other, currency) == Money(one, currency)

    def test_of_two_currencies_are_refused(self):
        with pytest.raises(WrongAmount, match="USD and EUR cannot be added up"):
            Money(1, "USD") + Money(1, "EUR")


class TestAmount:
    def test_shows_every_place_of_the_currency(self):
        assert [str(Money(45000, currency).amount) for currency in ("EUR", "JPY", "KWD")] == [
            "450.00",
            "45000",
            "45.000",
        ]

    def test_reads_well_as_text(self):
        assert str(Money(123456789, "USD")) == "1,234,567.89 USD"
