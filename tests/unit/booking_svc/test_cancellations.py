"""What comes back of a cancelled reservation: by each coupon's rule, split over its payments to the last cent."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking_svc.domain import cancellations
from booking_svc.domain.cancellations import Flown
from common.contracts.tariff import Rule
from common.money import Money

LEAVES = datetime(2026, 12, 1, 13, 30, tzinfo=UTC)


def usd(minor: int) -> Money:
    return Money(minor, "USD")


def a_rule(*, refundable: bool = True, fee: int = 7500) -> Rule:
    return Rule(refundable=refundable, refund_fee=usd(fee), changeable=False, change_fee=usd(0))


def a_coupon(**changes) -> Flown:
    facts = {
        "departure_id": 17,
        "flight": "AA 3003",
        "passenger": 1,
        "seat_number": "12A",
        "price": usd(32400),
        "rule": a_rule(),
        "cancelled": False,
    }
    return Flown(**{**facts, **changes})


def quoted(*coupons: Flown, until: datetime = LEAVES):
    price = usd(sum(coupon.price.minor for coupon in coupons))
    return cancellations.of_confirmed(locator="K7Q2ZD", coupons=coupons, price=price, until=until)


class TestOfConfirmed:
    def test_keeps_the_fee_of_the_rule_and_gives_the_rest_back(self):
        quote = quoted(a_coupon())

        assert (quote.refund, quote.fee, quote.until) == (usd(24900), usd(7500), LEAVES)
        assert quote.lines[0].words == "AA 3003: refundable for a fee of 75.00 USD."

    def test_gives_nothing_back_of_a_fare_that_is_not_refundable(self):
        quote = quoted(a_coupon(rule=a_rule(refundable=False, fee=0)))

        assert (quote.refund, quote.fee) == (usd(0), usd(32400))
        assert quote.lines[0].words == "AA 3003: the fare is not refundable."

    def test_gives_all_back_of_one_that_is_refundable_free_of_charge(self):
        assert quoted(a_coupon(rule=a_rule(fee=0))).refund == usd(32400)

    def test_never_keeps_more_than_was_paid(self):
        assert quoted(a_coupon(rule=a_rule(fee=99999))).refund == usd(0)

    def test_counts_the_fee_for_each_passenger_and_flight(self):
        coupons = [a_coupon(passenger=each, departure_id=leg) for each in (1, 2) for leg in (17, 18)]

        assert quoted(*coupons).fee == usd(4 * 7500)

    def test_follows_each_coupons_own_rule(self):
        quote = quoted(a_coupon(), a_coupon(departure_id=18, rule=a_rule(refundable=False)))

        assert [line.refund for line in quote.lines] == [usd(24900), usd(0)]

    def test_keeps_nothing_of_a_coupon_from_before_there_were_rules(self):
        assert quoted(a_coupon(rule=None)).refund == usd(32400)

    def test_gives_everything_back_whatever_the_rules_when_a_flight_is_cancelled(self):
        strict = a_rule(refundable=False)

        quote = quoted(a_coupon(rule=strict), a_coupon(departure_id=18, rule=strict, cancelled=True))

        assert (quote.refund, quote.fee, quote.until) == (usd(64800), usd(0), None)
        assert "another flight of the journey" in quote.lines[0].words

    def test_is_named_by_everything_it_says(self):
        names = {
            quoted(a_coupon()).name,
            quoted(a_coupon(cancelled=True)).name,
            quoted(a_coupon(rule=a_rule(fee=7501))).name,
            quoted(a_coupon(), until=LEAVES.replace(hour=14)).name,
            cancellations.of_hold(locator="K7Q2ZD", coupons=[a_coupon()], price=usd(32400), until=LEAVES).name,
        }

        assert len(names) == 5
        assert quoted(a_coupon()).name in names


class TestOfHold:
    def test_gives_nothing_back_and_keeps_nothing(self):
        quote = cancellations.of_hold(locator="K7Q2ZD", coupons=[a_coupon()], price=usd(32400), until=LEAVES)

        assert (quote.refund, quote.fee, quote.status) == (usd(0), usd(0), "pending")


class TestSharesBack:
    def test_are_in_proportion(self):
        assert cancellations.shares_back([30000, 10000], 20000) == [15000, 5000]

    def test_give_what_rounding_leaves_to_the_payment_it_cut_most(self):
        assert cancellations.shares_back([100, 100, 100], 100) == [34, 33, 33]
        assert cancellations.shares_back([1, 2], 1) == [0, 1]

    @pytest.mark.parametrize("refund", [-1, 301])
    def test_are_not_of_more_than_was_paid(self, refund):
        with pytest.raises(ValueError, match="cannot go back"):
            cancellations.shares_back([100, 200], refund)

    @given(st.lists(st.integers(0, 10**9), min_size=1, max_size=5), st.floats(0, 1))
    def test_add_up_and_exceed_no_payment(self, paid, share):
        refund = int(sum(paid) * share)

        shares = cancellations.shares_back(paid, refund)

        assert sum(shares) == refund
        assert all(0 <= back <= amount for back, amount in zip(shares, paid, strict=True))
