"""What a simulation says beside what was measured, and beside the model."""

import random

import pytest

from bench import simulate


def a_phase(load="32 clients"):
    return {
        "load": load,
        "requests": 200,
        "cpu_by": {"booking-web": 10.0, "payment-worker": 20.0, "mariadb": 30.0, "bank": 5.0},
        "groups": {"bank": "outside"},
        "machine_cpu": 80.0,
        "requests_per_second": 25.0,
        "sagas_per_second": 20.0,
        "answer": {"p50": 100.0},
        "end_to_end": {"p50": 1000.0, "p99": 2000.0},
    }


def checked(phase):
    return {what: (measured, seen) for what, measured, seen in simulate.check(phase, clients=32, rng=random.Random(1))}


class TestTheCheck:
    def test_spends_what_the_whole_machine_spent(self):
        measured, simulated = checked(a_phase())["sagas/s"]

        assert measured == 20.0
        assert simulated == pytest.approx(2 / 0.080, rel=0.15)

    def test_sends_at_the_rate_of_the_phase(self):
        assert checked(a_phase("5/s"))["answers/s"][1] == pytest.approx(5.0, rel=0.05)

    def test_is_told_with_how_far_it_is_off(self):
        told = simulate.told_check([a_phase("5/s")], clients=32, rng=random.Random(1))

        assert "| 5/s | answers/s | 25.0 | 5.0 | -80% |" in told.replace("5.1", "5.0")


class TestTheModel:
    def test_sizes_every_kind_so_that_none_is_busier_than_it_may_be(self):
        numbers = simulate.sized(a_phase(), rate=1000)

        assert numbers["booking-web"] == 17
        assert numbers["mariadb"] == 50

    def test_stands_beside_the_simulation_without_the_outside(self):
        phase = a_phase()
        pipeline, booked = simulate.at_scale(phase, rate=500, seconds=4, rng=random.Random(1))

        rows = {row[0]: row for row in simulate.side_by_side(phase, pipeline, rate=500, seconds=4)}

        assert set(rows) == {"booking-web", "payment-worker", "mariadb"}
        assert rows["booking-web"][1:3] == ["9", "56%"]
        assert abs(int(rows["booking-web"][3].rstrip("%")) - 56) <= 5
        # Nobody waits for long where nobody is busy: an answer takes what it costs.
        assert booked.answer_ms(50) < 40

    def test_says_which_single_server_is_busy_first(self):
        limits = dict(simulate.limits(a_phase() | {"cpu_by": {"redis": 0.5, "mariadb": 16.0}}))

        assert limits["redis: one thread"] == pytest.approx(1200)
        assert limits["mariadb: one server of 16 cores"] == pytest.approx(600)
