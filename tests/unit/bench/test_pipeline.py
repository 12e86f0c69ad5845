"""The simulated pipeline spends what was measured, in the order of the steps, and no more than its cores have."""

import random
from collections import Counter

import pytest

from bench.pipeline import AUTHORIZE, CONFIRM, HEARING, RELAY, REQUEST, Pipeline, closed, steady

COSTS = {"booking-web": 0.010, "payment-worker": 0.020, "booking-worker": 0.030, "mariadb": 0.100, "flower": 0.005}


class Mean(random.Random):
    """Draws nothing but means: every service takes as long as all do on average, and no relay lets wait."""

    def expovariate(self, lambd=1.0):
        return 1 / lambd

    def uniform(self, a, b):
        return a


def pipeline(cores=float("inf")):
    return Pipeline(COSTS, servers={"mariadb": 64}, cores=cores, rng=Mean())


class TestTheSteps:
    def test_spend_each_process_whole(self):
        parts = Counter()
        for step in (REQUEST, AUTHORIZE, CONFIRM, RELAY, *HEARING):
            for name, part in step:
                parts[name] += part

        assert {name: pytest.approx(1.0) for name in parts} == parts


class TestABooking:
    def test_alone_takes_as_long_as_its_steps(self):
        alone = pipeline()

        alone.book()
        alone.simulation.run()

        [answer], [saga] = alone.booked.answers, alone.booked.sagas
        assert answer == pytest.approx(0.010 + 0.30 * 0.100)
        assert saga == pytest.approx(answer + 0.020 + 0.22 * 0.100 + 0.030 + 0.29 * 0.100)

    def test_spends_all_that_was_measured_also_what_no_step_names(self):
        alone = pipeline()

        alone.book()
        alone.simulation.run()

        assert sum(station.used for station in alone.stations.values()) == pytest.approx(sum(COSTS.values()))


class TestClosedLoop:
    def test_cannot_book_more_than_the_cores_can(self):
        booked = closed(pipeline(cores=2), clients=8, requests=400)

        assert len(booked.ended_at) == 400
        assert booked.sagas_a_second == pytest.approx(2 / sum(COSTS.values()), rel=0.05)

    def test_of_one_client_waits_for_each_answer(self):
        booked = closed(pipeline(), clients=1, requests=5)

        assert booked.answered_at == pytest.approx([0.04 * number for number in range(1, 6)])


class TestSteadyLoad:
    def test_comes_whatever_is_answered(self):
        booked = steady(pipeline(cores=1), rate=100, requests=50)

        # Offered ten times what one core can: one takes 0.14 s alone, and all that came before it here.
        assert len(booked.ended_at) == 50
        assert max(booked.sagas) > 20 * 0.14
