"""Supervision with stand-in programs: what ends comes back, and what is stopped leaves nothing behind."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from deploy.errors import CannotStart
from deploy.readiness import wait_until_ready
from deploy.supervise import Supervisor
from deploy.supervisor_conf import SERVERS, WEBS, Program

ROOT = Path(__file__).parents[3]


def a_program(directory, name="sleeper", *, command=("sleep", "1000"), **changes):
    given = {
        "name": name,
        "group": WEBS,
        "command": command,
        "environment": {},
        "directory": directory,
        "stop_seconds": 5,
    }
    return Program(**(given | changes))


def until(condition, *, seconds=15):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def lives(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


@pytest.fixture
def supervisor(tmp_path):
    supervisor = Supervisor(tmp_path)
    yield supervisor
    supervisor.stop()


def start(supervisor, *programs):
    supervisor.start(programs, environment=dict(os.environ), tether=True)
    until(supervisor.states)
    supervisor.start_group(WEBS)


def pid_of(supervisor, name="sleeper"):
    return next((program.pid for program in supervisor.states() if program.name == name), None)


class TestSupervisor:
    def test_starts_again_what_was_killed(self, supervisor, tmp_path):
        start(supervisor, a_program(tmp_path))
        until(lambda: pid_of(supervisor))
        killed = pid_of(supervisor)

        os.kill(killed, signal.SIGKILL)

        until(lambda: pid_of(supervisor) not in (None, killed))

    def test_stops_the_processes_before_the_servers_they_use(self, supervisor, tmp_path):
        order = tmp_path / "order"
        tell = "trap 'echo {name} >>{order}; exit 0' TERM; while :; do sleep 0.05; done"
        scripts = {name: ("sh", "-c", tell.format(name=name, order=order)) for name in ("server", "process")}
        start(
            supervisor,
            a_program(tmp_path, "server", command=scripts["server"], group=SERVERS, autostart=True),
            a_program(tmp_path, "process", command=scripts["process"]),
        )
        until(lambda: pid_of(supervisor, "process") and pid_of(supervisor, "server"))
        time.sleep(0.5)  # Until the shells have set their traps.

        assert supervisor.stop()

        assert order.read_text().split() == ["process", "server"]

    def test_takes_its_programs_along_when_it_is_killed_itself(self, supervisor, tmp_path):
        start(supervisor, a_program(tmp_path))
        until(lambda: pid_of(supervisor))
        program = pid_of(supervisor)
        time.sleep(0.5)  # Until the tether is tied.

        os.kill(supervisor.pid, signal.SIGKILL)

        until(lambda: not lives(program))
        assert supervisor.pid is None
        assert supervisor.states() == []

    def test_stops_with_all_its_programs_when_the_one_who_started_it_is_killed(self, tmp_path):
        starter = textwrap.dedent("""
            import os, pathlib, sys, time
            from deploy.supervise import Supervisor
            from deploy.supervisor_conf import Program
            run_dir = pathlib.Path(sys.argv[1])
            program = Program(name="sleeper", group="servers", command=["sleep", "1000"], environment={},
                              directory=run_dir, stop_seconds=5, autostart=True)
            Supervisor(run_dir).start([program], environment=dict(os.environ), tether=True)
            time.sleep(1000)
        """)
        with subprocess.Popen([sys.executable, "-c", starter, str(tmp_path)], cwd=ROOT) as person:
            supervisor = Supervisor(tmp_path)
            until(lambda: pid_of(supervisor))
            program = pid_of(supervisor)
            person.kill()

        until(lambda: supervisor.pid is None)
        assert not lives(program)


class TestWaitUntilReady:
    def test_tells_who_is_ready(self, supervisor, tmp_path):
        start(supervisor, a_program(tmp_path))
        told = []

        wait_until_ready(supervisor, groups=(WEBS,), urls={}, progress=told.append)

        assert len(told) == 1
        assert told[0].startswith("sleeper is ready")

    def test_blames_the_program_that_keeps_ending_with_the_end_of_its_log(self, supervisor, tmp_path):
        start(
            supervisor,
            a_program(tmp_path),
            a_program(tmp_path, "broken", command=("sh", "-c", "echo the port is taken; exit 1")),
        )

        with pytest.raises(CannotStart, match=r"(?s)broken ended 3 times while starting.*the port is taken"):
            wait_until_ready(supervisor, groups=(WEBS,), urls={}, progress=lambda _: None)

    def test_says_what_a_program_answered_that_is_never_ready(self, supervisor, tmp_path):
        start(supervisor, a_program(tmp_path))

        with pytest.raises(CannotStart, match=r"(?s)sleeper was not ready within 1 s.*Its last answer: none"):
            wait_until_ready(
                supervisor,
                groups=(WEBS,),
                urls={"sleeper": "http://127.0.0.1:9/readyz"},
                progress=lambda _: None,
                patience_seconds=1,
            )
