"""The plan of a fault run follows from its seed, and deals every kind out fairly."""

from collections import Counter

from tests.reliability.faults.kinds.registry import KINDS
from tests.reliability.faults.schedule import Pace, plan

PACES = {name: kind.pace for name, kind in KINDS.items()}
TWO = {
    "kill": Pace(targets=("a", "b", "c"), every=2.0, lasts=(1.0, 3.0)),
    "slow": Pace(targets=("x",), every=4.0, scale=(100.0, 500.0)),
}


class TestAPlan:
    def test_of_the_same_seed_is_the_same(self):
        assert plan(PACES, seconds=60, seed="7/mixed") == plan(PACES, seconds=60, seed="7/mixed")

    def test_of_another_seed_is_another(self):
        assert plan(PACES, seconds=60, seed="7/mixed") != plan(PACES, seconds=60, seed="8/mixed")

    def test_is_in_order_and_within_its_time(self):
        times = [strike.at for strike in plan(TWO, seconds=30, seed="7")]

        assert times == sorted(times)
        assert all(0 < at < 30 for at in times)

    def test_strikes_every_target_before_one_a_second_time(self):
        struck = [strike.target for strike in plan({"kill": TWO["kill"]}, seconds=30, seed="7")]

        assert all(set(struck[first : first + 3]) == {"a", "b", "c"} for first in range(0, len(struck) - 2, 3))

    def test_keeps_to_the_pace_and_the_sizes(self):
        strikes = plan({"slow": TWO["slow"]}, seconds=400, seed="7")

        assert 80 < len(strikes) < 125
        assert {strike.scale for strike in strikes} == {100.0, 500.0}

    def test_of_a_kind_that_comes_seldom_has_it_at_least_once(self):
        seldom = {"away": Pace(targets=("x",), every=1000.0)}

        assert len(plan(seldom, seconds=10, seed="7")) == 1

    def test_of_two_kinds_has_as_many_strikes_as_of_one(self):
        alone = len(plan({"kill": TWO["kill"]}, seconds=400, seed="7"))

        kinds = Counter(strike.kind for strike in plan(TWO, seconds=400, seed="7"))

        assert alone / 3 < kinds["kill"] < alone * 2 / 3
        assert kinds["slow"] > 30

    def test_of_sixty_seconds_reaches_the_floor_of_every_kind(self):
        for name, kind in KINDS.items():
            strikes = plan({name: kind.pace}, seconds=60, seed="7/alone")

            assert len(strikes) >= kind.floor, name
