"""Putting fares, seasons and rules: idempotent, and every fare that is different for it is told."""

from datetime import date
from decimal import Decimal

import pytest

from common.contracts.fare import FareUpdated
from fare_svc.domain.fares import BadFare, BadSeason, UnknownFare
from tests.integration.fare_svc.conftest import NO_FEES, RULES, a_fare_row
from tests.together import together

CHRISTMAS = {
    "code": "christmas",
    "name": "Christmas",
    "starts": date(2026, 12, 18),
    "ends": date(2027, 1, 3),
    "factor": Decimal("1.25"),
}


class TestPutFares:
    def test_tells_of_a_new_fare_with_all_that_pricing_it_takes(self, selling):
        assert selling.put("fares", a_fare_row()) == {"created": 1, "updated": 0, "unchanged": 0}

        (told,) = selling.told()
        event = FareUpdated.from_wire(told)
        assert (event.amount, event.family, event.refundable, event.withdrawn) == (Decimal(324), "basic", False, False)
        assert event.flight_number is None

    def test_changes_and_tells_nothing_the_second_time(self, selling):
        selling.put("fares", a_fare_row())

        assert selling.put("fares", a_fare_row()) == {"created": 0, "updated": 0, "unchanged": 1}
        assert len(selling.told()) == 1

    def test_tells_of_a_new_amount_under_the_same_number(self, selling):
        selling.put("fares", a_fare_row())
        selling.put("fares", a_fare_row(amount=Decimal("300.00")))

        first, second = selling.told()
        assert first["fareId"] == second["fareId"]
        assert second["amount"] == 300

    def test_keeps_a_fare_of_one_flight_apart_from_that_of_its_route(self, selling):
        selling.put("fares", a_fare_row(), a_fare_row(flight_number=1, amount=Decimal(99)))

        assert [told.get("flightNumber") for told in selling.told()] == [None, 1]

    @pytest.mark.parametrize(
        ("changes", "why"),
        [
            ({"rule": "NONE"}, "Row 1: there is no rule NONE"),
            ({"currency": "EUR"}, "fees in USD, not EUR"),
            ({"destination": "JFK"}, "from JFK to itself"),
            ({"valid_from": date(2027, 1, 1), "valid_until": date(2026, 1, 1)}, "before it begins"),
        ],
    )
    def test_refuses_what_cannot_be_sold_and_stores_nothing(self, selling, changes, why):
        with pytest.raises(BadFare, match=why):
            selling.put("fares", a_fare_row(**changes), a_fare_row(cabin="first"))

        assert selling.told() == []


class TestWithdraw:
    def test_tells_it_once(self, selling):
        selling.put("fares", a_fare_row())
        number = selling.told()[0]["fareId"]

        selling.withdraw(number)
        selling.withdraw(number)

        assert [told["withdrawn"] for told in selling.told()] == [False, True]

    def test_holds_when_fares_are_loaded_again_until_somebody_says_otherwise(self, selling):
        selling.put("fares", a_fare_row())
        selling.withdraw(selling.told()[0]["fareId"])

        assert selling.put("fares", a_fare_row())["unchanged"] == 1
        assert selling.put("fares", a_fare_row(withdrawn=False))["updated"] == 1
        assert selling.told()[-1]["withdrawn"] is False

    def test_refuses_a_fare_that_is_not_there(self, selling):
        with pytest.raises(UnknownFare, match="no fare 999"):
            selling.withdraw(999)


class TestPutSeasons:
    def test_tells_the_fares_it_concerns_anew_and_no_others(self, selling):
        selling.put("fares", a_fare_row(), a_fare_row(airline="DL"))

        selling.put("seasons", {**CHRISTMAS, "airline": "DL"})

        told = selling.told()[2:]
        assert [(each["airline"], each["seasons"][0]["factor"]) for each in told] == [("DL", Decimal("1.25"))]

    def test_tells_fares_that_it_does_not_concern_any_longer(self, selling):
        selling.put("fares", a_fare_row())
        selling.put("seasons", CHRISTMAS)

        selling.put("seasons", {**CHRISTMAS, "airline": "DL"})

        assert [len(told["seasons"]) for told in selling.told()] == [0, 1, 0]

    def test_changes_nothing_the_second_time(self, selling):
        selling.put("fares", a_fare_row())
        selling.put("seasons", CHRISTMAS)

        assert selling.put("seasons", CHRISTMAS) == {"created": 0, "updated": 0, "unchanged": 1}
        assert len(selling.told()) == 2

    def test_refuses_one_that_ends_before_it_begins(self, selling):
        with pytest.raises(BadSeason, match="Row 1"):
            selling.put("seasons", {**CHRISTMAS, "ends": date(2026, 1, 1)})

    def test_reaches_a_fare_that_is_put_at_the_same_moment(self, clean, selling):
        together(lambda: selling.put("fares", a_fare_row()), lambda: selling.put("seasons", CHRISTMAS))

        assert len(selling.told()[-1]["seasons"]) == 1


class TestPutRules:
    def test_tells_the_fares_that_follow_a_changed_one(self, selling):
        selling.put("fares", a_fare_row(), a_fare_row(rule="FLEX"))

        selling.put("rules", {**NO_FEES, **RULES[1], "refund_fee": Decimal("30.00")})

        told = selling.told()[2:]
        assert [(each["family"], each["refundFee"]) for each in told] == [("flex", Decimal(30))]

    def test_refuses_another_currency_than_that_of_its_fares(self, selling):
        selling.put("fares", a_fare_row())

        with pytest.raises(BadFare, match="has fares in USD"):
            selling.put("rules", {**NO_FEES, **RULES[0], "currency": "EUR"})
