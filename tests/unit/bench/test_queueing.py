"""The simulation of queues, held against what theory says of them."""

import random
import statistics

import pytest

from bench.queueing import Simulation, Station, erlang_c

# With a seed of their own, so that a run is as the one before.
ARRIVALS = 15_000


def waits_and_stays(*, servers, load, cores=float("inf"), seed=5):
    """Let jobs come at random to a station with exponential services of a second; how long each waited, and stayed."""
    rng = random.Random(seed)
    simulation = Simulation(cores=cores)
    station = Station(simulation, servers=servers)
    stays = []

    def arrive(left):
        came = simulation.now
        station.serve(rng.expovariate(1.0), lambda: stays.append(simulation.now - came))
        if left:
            simulation.after(rng.expovariate(load), lambda: arrive(left - 1))

    arrive(ARRIVALS)
    simulation.run()
    return station.waits, stays


class TestErlangC:
    def test_of_one_server_is_its_load(self):
        assert erlang_c(servers=1, load=0.7) == pytest.approx(0.7)

    def test_is_as_in_the_tables(self):
        # Ten agents, eight Erlang: 40.9 % wait.
        assert erlang_c(servers=10, load=8.0) == pytest.approx(0.4092, abs=0.0001)

    def test_says_when_the_line_would_grow_without_end(self):
        with pytest.raises(ValueError, match="without end"):
            erlang_c(servers=2, load=2.0)


class TestAStation:
    @pytest.mark.parametrize(("servers", "load"), [(1, 0.6), (4, 2.8)])
    def test_makes_wait_as_erlang_says(self, servers, load):
        waits, _ = waits_and_stays(servers=servers, load=load)

        chance = erlang_c(servers=servers, load=load)
        assert sum(wait > 0 for wait in waits) / len(waits) == pytest.approx(chance, rel=0.1)
        assert statistics.fmean(waits) == pytest.approx(chance / (servers - load), rel=0.2)

    def test_serves_in_the_order_in_which_they_came(self):
        simulation = Simulation()
        station = Station(simulation, servers=1)
        served = []
        for number in range(3):
            station.serve(1.0, lambda number=number: served.append((number, simulation.now)))

        simulation.run()

        assert served == [(0, 1.0), (1, 2.0), (2, 3.0)]
        assert station.utilisation(3.0) == 1.0


class TestSharedCores:
    def test_give_each_its_part(self):
        simulation = Simulation(cores=1)
        ended = {}
        for name, seconds in (("short", 1.0), ("long", 2.0)):
            simulation.work(seconds, lambda name=name: ended.update({name: simulation.now}))

        simulation.run()

        # Both at half the pace until the short one has ended, the long one alone from then on.
        assert ended == {"short": pytest.approx(2.0), "long": pytest.approx(3.0)}

    def test_are_as_slow_as_theory_says_for_one_core_and_many_servers(self):
        # Processor sharing (M/M/1-PS): a job stays 1 / (1 - load) on average.
        _, stays = waits_and_stays(servers=10_000, load=0.6, cores=1)

        assert statistics.fmean(stays) == pytest.approx(2.5, rel=0.1)
