"""Nothing that writes is forgotten by the crash matrix: requests, commands, sweeps, events and all other tasks."""

import importlib
import tomllib
from pathlib import Path

import pytest

import celeryconfig
from common.contracts.subscriptions import SERVICES
from deploy import topology
from tests.reliability.chapters import CELLS
from tests.reliability.places import OTHER_TASKS, REQUESTS, UNPLAYED
from tests.unit.test_contracts import COMMANDS

ROOT = Path(__file__).resolve().parents[3]
RIGHTS = tomllib.loads((ROOT / "docs/reference/rights.toml").read_text())
WRITING = ("POST", "PUT", "PATCH", "DELETE")
REQUESTED = [
    f"{service} {operation}"
    for service, operations in RIGHTS.items()
    if service != "columns"
    for operation in operations
    if operation.startswith(WRITING)
]
HEARD = [
    f"{service}.{event.routing_key()}"
    for service in topology.HEARS
    for event in importlib.import_module(f"{service}_svc.consumers").HANDLERS
]
SWEEPS = sorted({entry["task"] for entry in celeryconfig.beat_schedule.values()})


def played(point: str) -> set[str]:
    """Return what processes are killed at points of this kind about."""
    return {cell.of for cell in CELLS if cell.point.startswith(point)}


class TestAProcessIsKilled:
    @pytest.mark.parametrize("request_", REQUESTED)
    def test_in_every_request_that_writes(self, request_):
        assert request_ in UNPLAYED or REQUESTS[request_] in played("transaction.committed")

    @pytest.mark.parametrize("event", HEARD)
    def test_in_every_consumer_of_every_event(self, event):
        assert event in played("event.committed")

    @pytest.mark.parametrize("command", [command.__name__ for _, command in COMMANDS])
    def test_before_and_after_every_command(self, command):
        cells = {cell.point for cell in CELLS if cell.of == command}

        assert cells == {"command.delivered", "command.done"}

    @pytest.mark.parametrize("sweep", SWEEPS)
    def test_in_every_sweep(self, sweep):
        assert sweep in played("sweep.begun")

    @pytest.mark.parametrize("service", SERVICES)
    def test_in_every_other_task(self, service):
        tasks = importlib.import_module(f"{service}_svc.tasks")
        found = {task.name for task in vars(tasks).values() if hasattr(task, "apply_async")}
        others = found - set(SWEEPS) - {command.task for _, command in COMMANDS}

        assert others <= set(OTHER_TASKS)
        assert {OTHER_TASKS[task] for task in others} <= played("transaction.committed")

    def test_whose_kind_there_is(self):
        assert {cell.dies for cell in CELLS} <= {process.name for process in topology.PROCESSES}


class TestTheLists:
    def test_name_nothing_that_is_not_there(self):
        assert set(REQUESTS) | set(UNPLAYED) == set(REQUESTED)

    def test_have_a_short_run_of_one_cell_for_each_danger(self):
        assert 5 <= sum(cell.short for cell in CELLS) <= 10
