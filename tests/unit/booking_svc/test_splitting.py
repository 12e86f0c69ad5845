"""What each payment of a reservation pays: together exactly the price, or nothing at all."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking_svc.domain.reservations import Share, WrongSplit, split
from common.money import Money

PRICE = Money(45000, "USD")

amounts = st.integers(-(10**9), 10**9)
currencies = st.sampled_from(["USD", "EUR", "JPY"])
named = st.none() | st.builds(Money, minor=amounts, currency=currencies)
methods = st.lists(st.tuples(st.just("card"), st.just("tok_visa"), named), min_size=1, max_size=5)


def dollars(amount: str) -> Money:
    return Money.of(Decimal(amount), "USD")


class TestSplit:
    def test_gives_a_single_method_the_whole_price(self):
        assert split(PRICE, [("card", "tok_visa", None)]) == [Share("card", "tok_visa", PRICE)]

    def test_gives_the_method_without_an_amount_the_rest(self):
        shares = split(PRICE, [("wallet", "wal_1", None), ("card", "tok_visa", dollars("100.01"))])

        assert [share.money for share in shares] == [dollars("349.99"), dollars("100.01")]
        assert [share.kind for share in shares] == ["wallet", "card"]

    def test_takes_amounts_that_add_up_to_the_price(self):
        shares = split(PRICE, [("card", "tok_visa", dollars("449.99")), ("crypto", None, dollars("0.01"))])

        assert [share.money.minor for share in shares] == [44999, 1]

    @pytest.mark.parametrize("amount", ["449.99", "450.01"])
    def test_refuses_amounts_that_do_not_add_up_and_tells_the_price(self, amount):
        with pytest.raises(WrongSplit, match=rf"add up to {amount} USD; the price is 450.00 USD") as refusal:
            split(PRICE, [("card", "tok_visa", dollars(amount))])

        assert refusal.value.extra == {"price": "450.00"}

    def test_refuses_two_methods_that_both_pay_the_rest(self):
        with pytest.raises(WrongSplit, match="Only one payment may leave its amount out"):
            split(PRICE, [("card", "tok_visa", None), ("card", "tok_mastercard", None)])

    def test_refuses_a_method_that_would_have_nothing_left_to_pay(self):
        with pytest.raises(WrongSplit, match=r"add up to 450\.00 USD"):
            split(PRICE, [("card", "tok_visa", PRICE), ("card", "tok_mastercard", None)])

    @pytest.mark.parametrize("amount", ["0.00", "-1.00"])
    def test_refuses_an_amount_that_pays_nothing_or_less(self, amount):
        with pytest.raises(WrongSplit, match="more than nothing"):
            split(PRICE, [("card", "tok_visa", dollars(amount)), ("card", "tok_mastercard", None)])

    def test_refuses_an_amount_in_another_currency(self):
        with pytest.raises(WrongSplit, match="priced in USD"):
            split(PRICE, [("card", "tok_visa", Money(45000, "EUR"))])

    @given(price=st.integers(1, 10**9), asked=methods)
    def test_gives_positive_shares_that_add_up_to_the_price_or_refuses(self, price, asked):
        total = Money(price, "USD")
        try:
            shares = split(total, asked)
        except WrongSplit:
            return

        assert len(shares) == len(asked)
        assert {share.money.currency for share in shares} == {"USD"}
        assert all(share.money.minor > 0 for share in shares)
        assert sum(share.money.minor for share in shares) == price

    @given(parts=st.lists(st.integers(1, 10**8), min_size=1, max_size=4), data=st.data())
    def test_takes_every_right_split_however_its_rest_is_told(self, parts, data):
        price = Money(sum(parts), "USD")
        untold = data.draw(st.none() | st.integers(0, len(parts) - 1))
        asked = [
            ("card", "tok_visa", None if place == untold else Money(part, "USD")) for place, part in enumerate(parts)
        ]

        assert [share.money.minor for share in split(price, asked)] == parts
