"""Systems that start at the same moment take turns, and none is given a port of another that runs."""

import tempfile
import threading

import pytest

from deploy import ports, state, topology, ways
from deploy.state import State
from deploy.supervise import Supervisor
from deploy.turns import turn


@pytest.fixture(autouse=True)
def _machine(tmp_path, monkeypatch):
    """A machine of the test's own, on which a system runs whose directory has a file of that name."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(Supervisor, "pid", property(lambda self: 1 if (self.run_dir / "runs").exists() else None))


def run(run_dir, *, urls):
    """A system that runs here from now on."""
    run_dir.mkdir(exist_ok=True)
    (run_dir / "runs").touch()
    known = dict.fromkeys(("started_at", "supervisor_socket", "log_dir", "operator_token"), "")
    numbers = {"supervisor_pid": 1, "hold_seconds": 1, "server_ports": {}}
    return State(way="servers", run_dir=str(run_dir), urls=urls, foreground=False, **known, **numbers)


def noted(run_dir, *, urls):
    """The directory of a system that runs, as those who start later know it."""
    state.write(run_dir, run(run_dir, urls=urls))
    with turn(print) as mine:
        mine.note(run_dir)
    return run_dir


def ports_of_others():
    with turn(print) as mine:
        return mine.ports_of_others()


class TestStarts:
    def test_of_two_systems_take_turns_and_the_second_is_told(self):
        said, order = [], []

        def second():
            with turn(said.append):
                order.append("second")

        with turn(said.append):
            other = threading.Thread(target=second)
            other.start()
            while not said:
                other.join(0.01)
            order.append("first")
        other.join(10)

        assert (order, said) == (["first", "second"], ["another Aerosaga of yours is just starting; waiting for it"])


class TestPorts:
    def test_of_a_system_that_runs_are_its_own_also_while_nobody_listens(self, tmp_path, monkeypatch):
        monkeypatch.setattr(ports, "is_free", lambda _: True)
        door = topology.PREFERRED_PORTS["gateway"]
        noted(tmp_path / "first", urls={"gateway": f"http://127.0.0.1:{door}"})

        chosen = ways._choose_http_ports("servers", ports_of_others(), lambda _: None)

        assert chosen["gateway"] == door + 10
        assert len(set(chosen.values())) == len(chosen)

    def test_of_a_system_are_known_from_its_start_to_whoever_starts_next(self, tmp_path, monkeypatch):
        told = []

        def start(way, *, run_dir, others, **_):
            told.append(others)
            return run(run_dir, urls={"gateway": "http://127.0.0.1:8600"})

        monkeypatch.setattr(ways, "_start", start)
        ways.up("servers", run_dir=tmp_path / "first")
        ways.up("embedded", run_dir=tmp_path / "second")

        assert told == [set(), {8600}]

    def test_are_known_of_all_that_run(self, tmp_path):
        noted(tmp_path / "first", urls={"gateway": "http://127.0.0.1:8600", "smtp": "smtp://127.0.0.1:8691"})
        noted(tmp_path / "second", urls={"gateway": "http://127.0.0.1:8610"})

        assert ports_of_others() == {8600, 8691, 8610}

    def test_are_anybodys_when_it_has_ended(self, tmp_path):
        (noted(tmp_path / "first", urls={"gateway": "http://127.0.0.1:8600"}) / "runs").unlink()

        assert ports_of_others() == set()

    def test_of_a_system_of_another_version_are_not_known(self, tmp_path):
        run_dir = noted(tmp_path / "first", urls={})
        (run_dir / "state.json").write_text("{}")

        assert ports_of_others() == set()
