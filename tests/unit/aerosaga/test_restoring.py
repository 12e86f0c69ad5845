"""A restore that fails leaves its service stopped: it must not sell what it has forgotten that it sold."""

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from aerosaga import restoring
from aerosaga.errors import Failed
from tests.unit.aerosaga.test_backups import a_state

SINCE = datetime(2026, 12, 1, tzinfo=UTC)


class Supervisor:
    """Writes down what it is asked for."""

    def __init__(self, _run_dir: Path) -> None:
        self.asked: list[str] = []
        Supervisor.last = self

    def stop_program(self, name: str) -> None:
        self.asked.append(f"stop {name}")

    def start_program(self, name: str) -> None:
        self.asked.append(f"start {name}")


@pytest.fixture
def asked(monkeypatch, tmp_path):
    """What is asked of the supervisor by a reconciliation in which `reconcile` is what happens."""

    def reconcile(happens) -> list[str]:
        monkeypatch.setattr(restoring, "Supervisor", Supervisor)
        monkeypatch.setattr(restoring, "wait_until_ready", lambda *_, **__: None)
        monkeypatch.setattr(restoring, "_reconcile", happens)
        state = replace(a_state(tmp_path), urls={"booking": "http://127.0.0.1:1"})
        with suppress(Failed):
            restoring.reconcile(None, state, service="booking", since=SINCE, progress=lambda _: None)
        return Supervisor.last.asked

    return reconcile


def fail(*_, **__):
    raise Failed("the bank is away")


NAMES = ["booking-web", "booking-worker", "booking-consumer", "booking-sweeper"]


def test_every_process_of_the_service_stands_still_and_runs_again(asked):
    assert asked(lambda *_, **__: []) == [*(f"stop {name}" for name in NAMES), *(f"start {name}" for name in NAMES)]


def test_none_runs_again_when_it_fails(asked):
    assert asked(fail) == [f"stop {name}" for name in NAMES]
