"""Sagas that pile up: the reservation that could not end in time is refused before anything is reserved."""

import pytest

from booking_svc.api import Backlog
from booking_svc.sagas import BOOK
from common.errors import Overloaded
from common.saga import backlog as reckoning
from tests.builders import LAYOUT
from tests.surroundings import also


@pytest.fixture
def impatient():
    """No saga is begun that would take longer than two seconds: eight under way, if none ends."""
    with also(saga_backlog_seconds=2):
        yield


@pytest.fixture
def backlog(monkeypatch):
    """A backlog that looks each time it is asked."""
    monkeypatch.setattr(reckoning, "LOOK_SECONDS", 0.0)
    return Backlog(BOOK.name)


def pile_up(booking, count, *, pays=True):
    payments = [{"kind": "card", "token": "tok_visa"}] if pays else []
    return [booking.request(number, payments=payments)[0] for number in LAYOUT.seat_numbers()[-count:]]


class TestABacklog:
    def test_that_takes_too_long_refuses_the_next(self, impatient, booking, backlog):
        pile_up(booking, 9)

        with pytest.raises(Overloaded, match=r"9 reservations are being completed.*Nothing was reserved") as refused:
            booking.database.read(backlog.seconds)

        assert refused.value.retry_after == reckoning.RETRY_SECONDS

    def test_that_is_short_lets_the_next_begin(self, impatient, booking, backlog):
        pile_up(booking, 8)

        assert booking.database.read(backlog.seconds) == 8 / reckoning.LEAST_A_SECOND

    def test_of_holds_is_none_as_they_wait_for_people(self, impatient, booking, backlog):
        pile_up(booking, 12, pays=False)

        assert booking.database.read(backlog.seconds) == 0

    def test_that_moves_fast_may_be_longer(self, impatient, booking, backlog, monkeypatch):
        monkeypatch.setattr(reckoning, "WINDOW_SECONDS", 3600)
        booking.database.read(backlog.seconds)
        begun = pile_up(booking, 40)
        for reservation in begun[:30]:
            booking.confirm(reservation)

        monkeypatch.setattr(reckoning, "LOOK_SECONDS", 1.0)  # thirty in one second
        backlog._looked_at = 0.0

        booking.database.read(backlog.seconds)
