"""What is concluded from what a system did."""

from bench.asking import Ask
from bench.measuring import complaints_about, longest_by_second
from bench.systems import Lag, Outcome

CONFIRMED = Outcome(status="confirmed", completed_at=1.0)
FAILED = Outcome(status="failed", completed_at=1.0)
PENDING = Outcome(status="pending", completed_at=None)


def asks(*kinds, place=4):
    return [Ask(number=number, place=place, kind=kind) for number, kind in enumerate(kinds)]


class TestComplaints:
    def test_are_none_when_one_of_two_requests_for_a_seat_was_confirmed_whichever(self):
        both = asks("ok", "duplicate")

        assert complaints_about(both, ["A", None], {"A": CONFIRMED}) == []
        assert complaints_about(both, ["A", "B"], {"A": FAILED, "B": CONFIRMED}) == []

    def test_name_a_seat_that_nobody_got(self):
        assert complaints_about(asks("ok"), ["A"], {"A": FAILED}) == ["seat 4 is confirmed 0 times"]

    def test_name_a_seat_that_was_sold_twice(self):
        found = complaints_about(asks("ok", "duplicate"), ["A", "B"], {"A": CONFIRMED, "B": CONFIRMED})

        assert found == ["seat 4 is confirmed 2 times"]

    def test_name_a_declined_card_that_did_not_fail(self):
        assert "request 0 (declined) is refused" in complaints_about(asks("declined"), [None], {})

    def test_name_what_was_accepted_and_is_lost_or_never_ended(self):
        found = complaints_about(asks("ok", "duplicate"), ["A", "B"], {"B": PENDING})

        assert found[:2] == ["request 0 (ok) is lost", "request 1 (duplicate) is pending"]


class TestLongestBySecond:
    def test_keeps_the_longest_lag_of_each_second_in_order(self):
        lags = [Lag(at=102.5, ms=7.0), Lag(at=100.1, ms=3.0), Lag(at=100.9, ms=5.04)]

        assert longest_by_second(lags, 100.0) == [[0, 5.0], [2, 7.0]]
