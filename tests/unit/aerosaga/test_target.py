"""Which running system the command line talks to."""

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from aerosaga import target
from aerosaga.errors import Failed, NothingRuns
from deploy import ways
from deploy.state import State
from deploy.ways import Status


def a_state(way: str, *, started_at: str = "2026-12-01T12:00:00+00:00") -> State:
    return State(
        way=way,
        started_at=started_at,
        supervisor_pid=1,
        supervisor_socket="/nowhere/socket",
        run_dir=f"/nowhere/{way}",
        log_dir="/nowhere/log",
        urls={"booking": f"http://{way}"},
        operator_token="operator",
        hold_seconds=900,
        foreground=False,
        server_ports={},
    )


@pytest.fixture
def running(monkeypatch: pytest.MonkeyPatch) -> dict[str, State | None]:
    """The ways that run, by name; a state of None is one that is just starting."""
    found: dict[str, State | None] = {}

    def status(way: str, run_dir: Path) -> Status:
        return Status(way=way, run_dir=run_dir, running=way in found, state=found.get(way), programs=[])

    monkeypatch.setattr(ways, "status", status)
    return found


class TestFind:
    def test_says_what_to_type_when_nothing_runs(self, running):
        with pytest.raises(NothingRuns, match=r"Nothing of Aerosaga runs on this machine.*make demo.*make up"):
            target.find()

    def test_takes_what_runs(self, running):
        running["embedded"] = a_state("embedded")

        assert target.find().urls == {"booking": "http://embedded"}

    def test_takes_the_one_that_was_started_last(self, running):
        running["embedded"] = a_state("embedded", started_at="2026-12-01T13:00:00+00:00")
        running["servers"] = a_state("servers", started_at="2026-12-01T12:00:00+00:00")

        assert target.find().way == "embedded"

    def test_takes_the_way_that_is_asked_for(self, running):
        running["embedded"] = a_state("embedded", started_at="2026-12-01T13:00:00+00:00")
        running["servers"] = a_state("servers", started_at="2026-12-01T12:00:00+00:00")

        assert target.find(way="servers").way == "servers"

    def test_says_how_the_way_that_is_asked_for_is_started(self, running):
        with pytest.raises(NothingRuns, match=r"servers way does not run on this machine\. Start it with `make up`"):
            target.find(way="servers")

    def test_says_that_a_way_is_just_starting(self, running):
        running["servers"] = None

        with pytest.raises(NothingRuns, match="servers way is just starting or stopping"):
            target.find()

    def test_takes_the_urls_of_the_environment_before_anything_else(self, running, monkeypatch):
        running["embedded"] = a_state("embedded")
        monkeypatch.setenv("AEROSAGA_BOOKING_URL", "http://elsewhere:8603/")
        monkeypatch.setenv("AEROSAGA_OPERATOR_TOKEN", "theirs")

        found = target.find()

        assert (found.urls, found.operator_token) == ({"booking": "http://elsewhere:8603"}, "theirs")

    def test_takes_the_state_file_that_the_environment_names(self, running, monkeypatch, tmp_path):
        file = tmp_path / "state.json"
        file.write_text(json.dumps(asdict(a_state("servers"))))
        monkeypatch.setenv("AEROSAGA_STATE", str(file))

        assert target.find().urls == {"booking": "http://servers"}

    def test_says_when_that_file_cannot_be_read(self, running, monkeypatch, tmp_path):
        monkeypatch.setenv("AEROSAGA_STATE", str(tmp_path / "none.json"))

        with pytest.raises(Failed, match="AEROSAGA_STATE names"):
            target.find()
