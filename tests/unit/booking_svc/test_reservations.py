"""Parties and seats that fit, what a reservation may become, and what it is called."""

import itertools

import pytest

from booking_svc.domain.reservations import (
    LOCATOR_LENGTH,
    IllegalMove,
    Status,
    Unbookable,
    check_party,
    move,
    new_locator,
)

MOVES = {
    (Status.PENDING, Status.CONFIRMED),
    (Status.PENDING, Status.FAILED),
    (Status.PENDING, Status.CANCELLED),
    (Status.CONFIRMED, Status.CANCELLED),
}


class TestCheckParty:
    def test_lets_each_passenger_have_a_seat_on_each_departure(self):
        check_party(passengers=2, departures=[(17, ["12A", "12B"]), (18, ["3A", "3C"])])

    @pytest.mark.parametrize(
        ("passengers", "seats", "told"),
        [
            (2, ["12A"], "1 seat for 2 passengers"),
            (2, ["12A", "12B", "12C"], "3 seats for 2 passengers"),
            (1, ["12A", "12B"], "2 seats for 1 passenger;"),
        ],
    )
    def test_refuses_more_or_fewer_seats_than_passengers(self, passengers, seats, told):
        with pytest.raises(Unbookable, match=f"Departure 18 names {told}"):
            check_party(passengers=passengers, departures=[(18, seats)])

    def test_refuses_a_seat_that_two_passengers_would_share(self):
        with pytest.raises(Unbookable, match="Seat 12A is asked for twice on departure 17"):
            check_party(passengers=2, departures=[(17, ["12A", "12A"])])

    def test_lets_the_same_seat_number_be_asked_for_on_two_departures(self):
        check_party(passengers=1, departures=[(17, ["12A"]), (18, ["12A"])])

    def test_refuses_a_departure_that_is_named_twice(self):
        with pytest.raises(Unbookable, match="Departure 17 is named 2 times"):
            check_party(passengers=1, departures=[(17, ["12A"]), (17, ["12B"])])


class TestMove:
    @pytest.mark.parametrize(("current", "wanted"), sorted(MOVES))
    def test_goes_where_the_design_says(self, current, wanted):
        assert move(current, wanted) is wanted

    @pytest.mark.parametrize(("current", "wanted"), sorted(set(itertools.product(Status, Status)) - MOVES))
    def test_goes_nowhere_else(self, current, wanted):
        with pytest.raises(IllegalMove, match=f"A {current} reservation cannot become {wanted}"):
            move(current, wanted)


class TestALocator:
    def test_has_six_symbols_that_nobody_misreads(self):
        symbols = {symbol for _ in range(2000) for symbol in new_locator()}

        assert symbols == set("ABCDEFGHJKLMNPQRSTUVWXYZ23456789")
        assert len(new_locator()) == LOCATOR_LENGTH == 6

    def test_tells_nothing_about_the_one_before(self):
        made = [new_locator() for _ in range(2000)]

        # Of 2000 out of 2^30, a thousandth of all runs has two that are the same; of three, practically none.
        assert len(set(made)) >= 1999
        rises = sum(former < latter for former, latter in itertools.pairwise(made))
        assert 800 < rises < 1200
