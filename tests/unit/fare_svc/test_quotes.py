"""What a journey costs in each family of fares."""

from datetime import timedelta

import pytest

from common.contracts.tariff import Family
from common.money import Money
from fare_svc.domain.quotes import Quote, quotes
from tests.builders import a_tariff
from tests.unit.fare_svc.test_itineraries import CONNECTING, START, a_hop

OUT = (a_hop(1, "JFK", "ORD", leaves=0, takes=120), a_hop(2, "ORD", "SFO", leaves=200, takes=240))
DIRECT = (a_hop(3, "JFK", "SFO", leaves=60, takes=380),)
HOME = (a_hop(4, "SFO", "JFK", leaves=600, takes=330),)
TOO_SOON = (a_hop(5, "SFO", "JFK", leaves=470, takes=330),)


def fares_of(**families: int):
    """Fares of every route above, at so many cents in each family."""
    routes = {("AA", hop.origin, hop.destination) for hop in (*OUT, *DIRECT, *HOME)}
    return {
        route: [a_tariff(family=Family(name), base=Money(minor, "USD")) for name, minor in families.items()]
        for route in routes
    }


def ask(outward, back=None, *, fares=None, order="price") -> list[Quote]:
    return quotes(
        outward=outward,
        back=back,
        fares=fares_of(basic=10000, flex=14000) if fares is None else fares,
        cabin="economy",
        today=(START - timedelta(days=9)).date(),
        connecting=CONNECTING,
        order=order,
    )


class TestQuotes:
    def test_are_one_for_each_family_that_is_sold_on_every_flight(self):
        assert [(quote.family, quote.each.minor) for quote in ask([OUT])] == [("basic", 20000), ("flex", 28000)]

    def test_leave_out_a_family_that_one_flight_does_not_have(self):
        fares = fares_of(basic=10000, flex=14000)
        fares["AA", "ORD", "SFO"] = fares["AA", "ORD", "SFO"][:1]

        assert [quote.family for quote in ask([OUT], fares=fares)] == ["basic"]

    def test_are_none_without_fares(self):
        assert ask([OUT, DIRECT], fares={}) == []

    def test_pair_every_way_out_with_every_way_back(self):
        found = ask([OUT, DIRECT], [HOME])

        assert len(found) == 4
        assert {quote.each.minor for quote in found if quote.family is Family.BASIC} == {20000, 30000}
        assert all(quote.back[0].hop == HOME[0] for quote in found)

    def test_pair_nothing_with_a_return_that_leaves_too_soon(self):
        assert [quote.outward[0].hop for quote in ask([DIRECT], [TOO_SOON])] == []

    def test_are_none_when_there_is_no_way_back(self):
        assert ask([OUT], []) == []

    @pytest.mark.parametrize(
        ("order", "wanted"),
        [
            ("price", [(3, "basic"), (3, "flex"), (1, "basic"), (1, "flex")]),
            ("duration", [(3, "basic"), (3, "flex"), (1, "basic"), (1, "flex")]),
            ("departure", [(1, "basic"), (1, "flex"), (3, "basic"), (3, "flex")]),
        ],
    )
    def test_are_sorted_as_asked(self, order, wanted):
        found = ask([OUT, DIRECT], order=order)

        assert [(quote.segments[0].hop.flight_number, quote.family) for quote in found] == wanted

    def test_say_the_rules_once_when_all_flights_have_the_same(self):
        assert ask([OUT])[0].rules_in_words() == ["Refund: not possible.", "Change: not possible."]

    def test_say_the_rules_flight_by_flight_when_they_differ(self):
        fares = fares_of(basic=10000)
        fares["AA", "ORD", "SFO"] = [a_tariff(refundable=True)]

        assert ask([OUT], fares=fares)[0].rules_in_words() == [
            "AA 1: Refund: not possible.",
            "AA 1: Change: not possible.",
            "AA 2: Refund: free of charge.",
            "AA 2: Change: not possible.",
        ]
