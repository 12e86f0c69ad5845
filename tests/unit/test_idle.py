"""What a system that nobody uses keeps to itself, and how its cost is measured."""

import runpy
import subprocess
import sys
from pathlib import Path

import pytest
from celery import Celery

from bench import idle, programs
from bench.systems import OUTSIDE
from common import worker
from deploy import topology
from tests.surroundings import surroundings

ROOT = Path(__file__).resolve().parents[2]


class TestWhatBeatAsksFor:
    def test_is_told_to_nobody_when_it_is_done(self):
        with Celery("idle", set_as_current=False) as app:

            @worker.sweep("idle.sweep")
            def swept() -> None: ...

            assert app.tasks["idle.sweep"].send_events is False

    @pytest.mark.parametrize(("way", "told"), [("embedded", False), ("servers", True), ("containers", True)])
    def test_and_all_else_is_told_only_where_there_is_a_flower_to_hear_it(self, way, told):
        with surroundings(way=way):
            settings = runpy.run_path(str(ROOT / "celeryconfig.py"))

        assert settings["worker_send_task_events"] is told
        assert (way in topology.WITH_FLOWER) is told


class TestTheMeasureOfAnIdleSystem:
    def test_has_a_group_for_every_program(self):
        groups = {process.name: programs.group(process.name) for process in topology.PROCESSES}

        assert {name for name, group in groups.items() if group == "supervision"} == set()
        assert groups["gateway"] == groups["booking-web"] == "webs"
        assert groups["bank"] == groups["flower"] == OUTSIDE
        assert programs.group("mariadb") == "mariadb"
        assert programs.group("supervisord") == "supervision"

    def test_adds_up_the_programs_of_a_group(self):
        costs = {
            "beat": idle.Cost(percent=0.5, megabytes=20, processes=1),
            "booking-sweeper": idle.Cost(percent=1.0, megabytes=30, processes=1),
            "redis": idle.Cost(percent=0.25, megabytes=10, processes=2),
        }

        assert idle.told(idle.by_group(costs), "group").splitlines()[2:] == [
            "| relays and sweeps | 1.50 | 50 | 2 |",
            "| redis | 0.25 | 10 | 2 |",
            "| **all** | **1.75** | **60** | **4** |",
        ]

    def test_sees_what_a_process_costs(self):
        with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as busy:
            try:
                cost = idle.measure({"busy": busy.pid}, seconds=1.0)["busy"]
            finally:
                busy.kill()

        assert cost.percent > 0
        assert cost.megabytes > 1
        assert cost.processes == 1
