"""Limits of one address, tried on doors that allow very little."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.integration.gateway.doors import KINDS, Door, running

A_SECOND, RESERVATIONS, GUESSES = 15, 5, 3


@pytest.fixture(scope="module", params=KINDS)
def narrow(request, tmp_path_factory, upstreams):
    """A door of each kind with small limits."""
    limits = {"rate_limit": A_SECOND, "reservation_rate_limit": RESERVATIONS, "guess_rate_limit": GUESSES}
    with running(request.param, tmp_path_factory.mktemp("narrow"), upstreams, **limits) as started:
        yield started


@pytest.fixture(autouse=True)
def rested():
    """What an earlier test asked in this second does not count for the next."""
    time.sleep(1.1)


def statuses(door: Door, method: str, path: str, times: int) -> list[int]:
    return [door.ask(method, path).status_code for _ in range(times)]


class TestLimits:
    def test_of_requests_hold_for_each_second(self, narrow: Door):
        with ThreadPoolExecutor(16) as pool:
            answers = list(pool.map(lambda _: narrow.ask("GET", "/departures"), range(A_SECOND * 10)))

        refused = [answer for answer in answers if answer.status_code == 429]
        assert len([answer for answer in answers if answer.status_code == 200]) >= A_SECOND
        assert refused
        assert {answer.headers["content-type"] for answer in refused} == {"application/problem+json"}
        assert {answer.headers["retry-after"] for answer in refused} == {"2"}
        time.sleep(2)
        assert narrow.ask("GET", "/departures").status_code == 200

    def test_of_reservations_hold_for_each_minute(self, narrow: Door):
        first = statuses(narrow, "POST", "/reservations", RESERVATIONS)

        assert first == [200] * RESERVATIONS
        assert 429 in statuses(narrow, "POST", "/reservations", 4)

    def test_of_reservations_leave_the_rest_alone(self, narrow: Door):
        statuses(narrow, "POST", "/reservations", RESERVATIONS + 2)

        assert statuses(narrow, "GET", "/reservations", 2) == [200, 200]
        assert statuses(narrow, "POST", "/payments", 2) == [200, 200]

    def test_of_guesses_count_all_places_where_one_can_guess(self, narrow: Door):
        places = ["/auth/login", "/reservations/K7Q2ZD/codes", "/reservations/K7Q2ZD/access"]

        assert [narrow.ask("POST", place).status_code for place in places] == [200] * GUESSES
        assert 429 in [narrow.ask("POST", place).status_code for place in ["/auth/register", "/auth/login"]]
