"""How values are written for people."""

from datetime import timedelta
from decimal import Decimal

import pytest

from aerosaga import wording
from tests.unit.aerosaga.stories import BEGAN


class TestMoney:
    def test_always_has_its_cents_and_its_currency(self):
        assert wording.money(Decimal("1450"), "USD") == "1,450.00 USD"


class TestClock:
    def test_is_the_local_time(self):
        assert wording.clock("2026-12-01T08:30:00-05:00") == "08:30"

    def test_tells_that_an_arrival_is_on_the_next_date(self):
        assert wording.clock("2026-12-02T01:45:00-08:00", since="2026-12-01T22:30:00-05:00") == "01:45 +1"

    def test_tells_that_an_arrival_is_on_the_date_before(self):
        assert wording.clock("2026-12-01T23:10:00-10:00", since="2026-12-02T00:30:00+13:00") == "23:10 -1"


class TestOffset:
    @pytest.mark.parametrize(
        ("seconds", "text"), [(0, "+0.000"), (0.3124, "+0.312"), (99.5, "+99.500"), (900.3, "+15:00.3")]
    )
    def test_is_in_minutes_when_it_is_long(self, seconds, text):
        assert wording.offset(seconds) == text


class TestDistance:
    @pytest.mark.parametrize(("seconds", "text"), [(-5, "now"), (0.4, "now"), (12, "in 12 s"), (840, "in 14 min")])
    def test_is_told_in_seconds_or_minutes(self, seconds, text):
        assert wording.distance(now=BEGAN, then=BEGAN + timedelta(seconds=seconds)) == text


class TestCount:
    def test_has_a_noun_that_fits(self):
        assert [wording.count(number, "seat") for number in (1, 2, 1000)] == ["1 seat", "2 seats", "1,000 seats"]
