"""What a system that nobody uses keeps to itself, and how its cost is measured."""

import os
import runpy
from pathlib import Path

import pytest
from celery import Celery

from bench import idle
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
    def test_has_a_kind_for_every_program(self):
        kinds = {idle.kind_of(process.name) for process in topology.PROCESSES}

        assert {"web", "worker", "sweeper", "consumer", "beat", "stream", "sandbox"} <= kinds
        assert idle.kind_of("mariadb") == "mariadb"

    def test_counts_a_process_with_its_children(self):
        parents = {2: 1, 3: 2, 4: 2, 5: 9}

        assert idle._family({2}, parents) == {2, 3, 4}

    def test_reads_what_this_process_costs(self):
        cost = idle._of({os.getpid()})

        assert cost.cpu_seconds > 0
        assert 1 < cost.megabytes < 10_000
