"""A Python program that supervisord forks is like one that it would have exec'ed, only that all is imported already."""

import json
import os
import signal
import sys
import textwrap
import time
from pathlib import Path

import pytest

from deploy.supervise import Supervisor
from deploy.supervisor_conf import WEBS, Program
from tests.surroundings import outside

PROGRAMS = {
    # Tells how it came into the world, then waits for its end.
    "teller": """
        import atexit, json, os, signal, sys, threading, time
        already = "celery.bin.celery" in sys.modules
        atexit.register(lambda: print("done at exit"))
        signums = (signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD, signal.SIGUSR2)
        print(json.dumps({
            "name": __name__, "argv": sys.argv[1:], "cwd": os.getcwd(), "already": already,
            "environment": {name: value for name, value in os.environ.items() if name.startswith("AEROSAGA_")},
            "group": os.getpgrp() == os.getpid(), "parent": os.getppid(),
            "handlers": [signal.getsignal(signum) == signal.SIG_DFL for signum in signums],
            "files": sorted(int(fd) for fd in os.listdir("/proc/self/fd") if os.path.exists(f"/proc/self/fd/{fd}")),
            "title": open("/proc/self/cmdline").read().strip("\\0"),
        }), flush=True)
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        threading.Thread(target=lambda: (time.sleep(0.5), print("thread is done"))).start()
        if "stay" in sys.argv:
            time.sleep(1000)
        """,
    "failing": "raise LookupError('nothing is there')",
    "leaving": "import sys; sys.exit('it is closed')",
}


@pytest.fixture(scope="module")
def supervisor(tmp_path_factory):
    """One supervisord with a program of each kind, not started yet."""
    directory = tmp_path_factory.mktemp("forking")
    for name, code in PROGRAMS.items():
        (directory / f"{name}.py").write_text(textwrap.dedent(code))
    supervisor = Supervisor(directory / "run")
    supervisor.run_dir.mkdir()
    programs = [
        a_program(directory, "stayer", "teller", "stay", "{pid}"),
        *(a_program(directory, name, name) for name in PROGRAMS),
    ]
    supervisor.start(programs, environment={**outside(), "AEROSAGA_WAY": "servers"}, tether=True)
    until(supervisor.states)
    supervisor.start_group(WEBS)
    yield supervisor
    supervisor.stop()


def a_program(directory, name, module, *arguments):
    return Program(
        name=name,
        group=WEBS,
        command=[sys.executable, "-m", module, *arguments],
        environment={"AEROSAGA_ONLY": f"for {name}"},
        directory=directory,
        stop_seconds=5,
    )


def until(condition, *, seconds=120):
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)
    return found


def pid_of(supervisor, name):
    return next((program.pid for program in supervisor.states() if program.name == name), None)


def log_of(supervisor, name):
    log = supervisor.log_dir / f"{name}.log"
    return log.read_text() if log.exists() else ""


@pytest.fixture(scope="module")
def told(supervisor):
    return json.loads(until(lambda: log_of(supervisor, "stayer")).splitlines()[0])


class TestAFork:
    def test_runs_as_the_main_module_in_its_directory(self, told, supervisor):
        assert told["name"] == "__main__"
        assert told["cwd"] == str(supervisor.run_dir.parent)

    def test_has_everything_imported(self, told):
        assert told["already"]

    def test_is_given_its_words_with_its_process_id(self, told, supervisor):
        assert told["argv"] == ["stay", str(pid_of(supervisor, "stayer"))]

    def test_sees_its_own_variables_and_what_all_share(self, told):
        assert told["environment"] == {"AEROSAGA_WAY": "servers", "AEROSAGA_ONLY": "for stayer"}

    def test_leads_a_process_group_as_a_child_of_supervisord(self, told, supervisor):
        assert told["group"]
        assert told["parent"] == supervisor.pid

    def test_obeys_signals_as_a_new_process_does(self, told):
        assert all(told["handlers"])

    def test_holds_no_file_but_its_input_and_output(self, told):
        assert told["files"] == [0, 1, 2]

    def test_shows_as_its_command(self, told, supervisor):
        assert told["title"] == f"{sys.executable} -m teller stay {pid_of(supervisor, 'stayer')}"

    def test_is_started_again_when_it_is_killed(self, told, supervisor):
        killed = pid_of(supervisor, "stayer")

        os.kill(killed, signal.SIGKILL)

        until(lambda: pid_of(supervisor, "stayer") not in (None, killed))

    def test_waits_for_its_threads_and_does_what_is_to_be_done_at_exit(self, supervisor):
        assert until(lambda: "done at exit" in log_of(supervisor, "teller"))
        assert log_of(supervisor, "teller").splitlines()[1:3] == ["thread is done", "done at exit"]

    def test_leaves_the_error_that_ended_it_in_its_log(self, supervisor):
        assert until(lambda: "LookupError: nothing is there" in log_of(supervisor, "failing"))

    def test_leaves_its_last_words_in_its_log(self, supervisor):
        assert until(lambda: "it is closed" in log_of(supervisor, "leaving"))


class TestForks:
    def test_end_when_supervisord_is_killed(self, supervisor):
        forks = [until(lambda: pid_of(supervisor, "stayer"))]

        os.kill(supervisor.pid, signal.SIGKILL)

        until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in forks))
