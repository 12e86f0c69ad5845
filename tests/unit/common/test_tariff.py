"""What a fare costs on a date, when it is sold, and which of several is taken."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.contracts.tariff import Family, Season, cheapest
from common.money import Money
from tests.builders import a_tariff

DAY = date(2026, 12, 1)
DAYS = st.dates(date(2026, 1, 1), date(2027, 12, 31))
FACTORS = st.decimals(Decimal("0.1"), Decimal(10), places=4)


@st.composite
def some_seasons(draw):
    starts = draw(DAYS)
    return Season(starts=starts, ends=starts + timedelta(days=draw(st.integers(0, 200))), factor=draw(FACTORS))


class TestPrice:
    def test_is_the_base_where_there_is_no_season(self):
        assert a_tariff(base=Money(32400, "USD")).price(DAY) == Money(32400, "USD")

    @pytest.mark.parametrize(
        ("travel", "wanted"),
        [("2026-11-30", 10000), ("2026-12-01", 12500), ("2026-12-31", 12500), ("2027-01-01", 10000)],
    )
    def test_changes_from_the_first_to_the_last_day_of_a_season(self, travel, wanted):
        season = Season(starts=DAY, ends=date(2026, 12, 31), factor=Decimal("1.25"))

        found = a_tariff(base=Money(10000, "USD"), seasons=[season]).price(date.fromisoformat(travel))

        assert found == Money(wanted, "USD")

    @given(minor=st.integers(1, 10**8), seasons=st.lists(some_seasons(), max_size=4), travel=DAYS)
    def test_is_every_season_of_the_day_multiplied_and_rounded_once(self, minor, seasons, travel):
        exact = Fraction(minor)
        for season in seasons:
            exact *= Fraction(season.factor) if season.starts <= travel <= season.ends else 1

        found = a_tariff(base=Money(minor, "USD"), seasons=seasons).price(travel)

        assert abs(found.minor - exact) <= Fraction(1, 2)

    @given(minor=st.integers(1, 10**8), seasons=st.permutations([Decimal("1.15"), Decimal("0.9"), Decimal("1.3333")]))
    def test_does_not_depend_on_the_order_of_seasons(self, minor, seasons):
        spans = [Season(starts=DAY, ends=DAY, factor=factor) for factor in seasons]

        assert a_tariff(base=Money(minor, "USD"), seasons=spans).price(DAY) == a_tariff(
            base=Money(minor, "USD"), seasons=sorted(spans, key=lambda span: span.factor)
        ).price(DAY)


class TestIsSold:
    @given(days=st.integers(0, 60), advance=st.integers(0, 60))
    def test_only_so_many_days_ahead(self, days, advance):
        fare = a_tariff(advance_purchase_days=advance)

        assert fare.is_sold(travel=DAY, today=DAY - timedelta(days=days)) is (days >= advance)

    @pytest.mark.parametrize(
        ("changes", "sold"),
        [
            ({}, True),
            ({"withdrawn": True}, False),
            ({"valid_from": DAY, "valid_until": DAY}, True),
            ({"valid_from": DAY + timedelta(days=1)}, False),
            ({"valid_until": DAY - timedelta(days=1)}, False),
        ],
    )
    def test_while_it_is_valid_and_not_withdrawn(self, changes, sold):
        assert a_tariff(**changes).is_sold(travel=DAY, today=DAY) is sold


class TestCheapest:
    def ask(self, *fares, flight_number=1, cabin="economy", family=Family.BASIC):
        return cheapest(
            fares, flight_number=flight_number, cabin=cabin, family=family, travel=DAY, today=DAY - timedelta(days=10)
        )

    def test_takes_the_lowest_price_of_the_day(self):
        dear, cheap = a_tariff(fare_id=1, base=Money(30000, "USD")), a_tariff(fare_id=2, base=Money(20000, "USD"))

        assert self.ask(dear, cheap) is cheap

    def test_does_not_take_a_cheaper_one_that_should_have_been_bought_earlier(self):
        early = a_tariff(fare_id=2, base=Money(20000, "USD"), advance_purchase_days=21)
        usual = a_tariff(fare_id=1)

        assert self.ask(early, usual) is usual

    def test_prefers_a_fare_of_the_flight_itself_even_if_it_is_dearer(self):
        own = a_tariff(fare_id=2, base=Money(90000, "USD"), flight_number=1)
        route = a_tariff(fare_id=1)

        assert self.ask(route, own) is own
        assert self.ask(route, own, flight_number=3) is route

    @pytest.mark.parametrize("other", [{"cabin": "first"}, {"family": Family.FLEX}])
    def test_knows_cabins_and_families_apart(self, other):
        assert self.ask(a_tariff(**other)) is None


class TestRulesInWords:
    @pytest.mark.parametrize(
        ("changes", "wanted"),
        [
            ({"refundable": False}, "Refund: not possible."),
            (
                {"refundable": True, "refund_fee": Money(7500, "USD")},
                "Refund: 75.00 USD for each passenger and flight.",
            ),
            ({"refundable": True, "refund_fee": Money(0, "USD")}, "Refund: free of charge."),
        ],
    )
    def test_say_what_may_be_done_and_for_how_much(self, changes, wanted):
        assert a_tariff(**changes).rule.in_words()[0] == wanted
