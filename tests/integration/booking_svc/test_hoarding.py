"""Seat spinning: how many seats of a departure one person holds who never pays."""

import pytest

from booking_svc.domain.reservations import TooManyHeld
from common import saga
from tests.builders import LAYOUT
from tests.together import together

CAP = 3
NUMBERS = LAYOUT.seat_numbers()[-12:]


def hold(booking, *numbers, email="spinner@example.org", **changes):
    people = [{"first_name": "Ada", "last_name": f"Lovelace {number}"} for number in numbers]
    given = {"passengers": people, "payments": [], "contact": {"email": email}, "hold_cap": CAP}
    return booking.request(*numbers, **given | changes)[0]


class TestHolds:
    def test_of_one_person_are_so_many_seats_of_a_departure_at_most(self, booking):
        hold(booking, *NUMBERS[:2])
        hold(booking, NUMBERS[2])

        with pytest.raises(
            TooManyHeld, match="You hold 3 seats of departure 17 that are not paid; 3 are the most"
        ) as no:
            hold(booking, NUMBERS[3])

        assert no.value.retry_after == 900
        assert sorted(booking.seats()) == sorted(NUMBERS[:3])

    def test_of_others_do_not_count(self, booking):
        hold(booking, *NUMBERS[:3])

        hold(booking, *NUMBERS[3:6], email="ada@example.org")
        hold(booking, *NUMBERS[6:9], owner="user usr_1")

        assert len(booking.seats()) == 9

    def test_that_are_paid_at_once_are_no_holds(self, booking):
        hold(booking, *NUMBERS[:3])

        hold(booking, NUMBERS[3], payments=[{"kind": "card", "token": "tok_visa"}])

        assert len(booking.seats()) == 4

    def test_that_have_ended_make_room(self, booking):
        first = hold(booking, *NUMBERS[:3])
        booking.let_time_run_out(first)
        booking.database.write(saga.due)
        booking.release(first)

        hold(booking, *NUMBERS[3:6])

        assert sorted(booking.seats()) == sorted(NUMBERS[3:6])

    def test_that_come_at_once_are_counted_one_after_the_other(self, booking):
        def ask(number):
            def act():
                try:
                    return hold(booking, number)
                except TooManyHeld:
                    return None

            return act

        made = together(*(ask(number) for number in NUMBERS[:9]))

        assert sum(each is not None for each in made) == CAP
        assert len(booking.seats()) == CAP
