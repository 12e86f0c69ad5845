"""The table of a result."""

import pytest

from bench import report
from bench.systems import OUTSIDE


def a_phase(**changes):
    return {
        "system": "aerosaga",
        "load": "32 clients",
        "sagas_per_second": 10.0,
        "requests_per_second": 12.0,
        "refusals": 0,
        "answer": {"p50": 5.0},
        "end_to_end": {"p50": 50.0, "p99": 90.0},
        "outbox_lag": {},
        "cpu_by": {"booking-web": 3.0, "fare-web": 1.0, "bank": 2.0},
        "groups": {"booking-web": "webs", "fare-web": "webs", "bank": OUTSIDE},
        "cpu_until_ended": 5.5,
        "counted": {"commits": 6.0, "fsyncs": 2.0},
        "calibration": [36.0, 38.0],
        "pss_mb": 900.0,
        "violations": [],
        "surroundings": {"load": [1.0, 1.0, 1.0]},
        **changes,
    }


def rendered(*phases):
    machine = {"system": "Linux", "cores": 2, "load": [1.5, 1.0, 1.0]}
    result = {"at": "2026-11-23", "commit": "abc", "machine": machine, "versions": {}, "idle": {}, "phases": phases}
    return report.render(result)


class TestCpu:
    def test_is_summed_by_what_it_went_into(self):
        assert report.cpu_by_group(a_phase()) == {"webs": 4.0, OUTSIDE: 2.0}

    def test_of_a_system_leaves_out_what_stands_for_others(self):
        assert report.cpu(a_phase()) == pytest.approx(4.0)


class TestRender:
    def test_shows_the_median_of_the_rounds(self):
        text = rendered(*(a_phase(sagas_per_second=each) for each in (90.0, 10.0, 30.0)))

        assert "| aerosaga | 3 | 30.0 |" in text

    def test_shows_a_dash_where_a_system_has_no_such_figure(self):
        assert "| 5.0 | - | 900.0 |" in rendered(a_phase())

    def test_adds_up_violations_of_all_rounds(self):
        phases = [a_phase(violations=["a seat was sold twice"]), a_phase(violations=["lost", "late"])]

        headline = next(line for line in rendered(*phases).splitlines() if line.startswith("| aerosaga | 2"))
        assert headline.endswith("| 3 |")

    def test_keeps_systems_and_loads_apart(self):
        text = rendered(a_phase(), a_phase(system="restate", sagas_per_second=400.0), a_phase(load="50/s"))

        assert "| restate | 1 | 400.0 |" in text
        assert text.count("| aerosaga | 1 | 10.0 |") == 2
