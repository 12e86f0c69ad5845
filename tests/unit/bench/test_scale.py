"""From the cost of one booking to what many take."""

import pytest

from bench import scale
from bench.systems import OUTSIDE


def a_phase(webs=10.0, commits=6.0):
    return {
        "cpu_by": {"booking-web": webs, "mariadb": 20.0, "bank": 5.0},
        "groups": {"booking-web": "webs", "mariadb": "mariadb", "bank": OUTSIDE},
        "counted": {"commits": commits, "events": 5.0, "loopback kB": 100.0},
    }


class TestMedians:
    def test_are_of_the_rounds_and_leave_out_the_outside(self):
        cpu, counted = scale.medians([a_phase(webs=each, commits=each) for each in (50.0, 10.0, 11.0)])

        assert cpu == {"webs": 11.0, "mariadb": 20.0}
        assert counted["commits"] == 11.0


class TestNeeds:
    def needs(self, rate):
        return {
            each.what.split(":")[0] + each.unit: each for each in scale.needs(*scale.medians([a_phase()]), rate=rate)
        }

    def test_are_processes_of_one_core_that_is_never_quite_busy(self):
        webs = self.needs(1000)["webscores"]

        assert webs.load == pytest.approx(10.0)
        assert webs.number == 17

    def test_of_databases_go_by_cpu_and_by_commits(self):
        needs = self.needs(10_000)

        assert needs["mariadbcores"].number == 21
        assert needs["mariadbcommits/s"].number == 8

    def test_begin_with_the_scarcest(self):
        numbers = [each.number for each in scale.needs(*scale.medians([a_phase()]), rate=10_000)]

        assert numbers == sorted(numbers, reverse=True)

    def test_of_network_count_bits(self):
        assert self.needs(10_000)["networkGbit/s"].load == pytest.approx(8.0)
