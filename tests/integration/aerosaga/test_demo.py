"""The demo, from its start to its end, as somebody types it."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from aerosaga.checks.running import leftovers
from deploy.programs import ROOT
from tests.surroundings import outside

SCENES = 7
# A process that is told to stop while it starts does so once it has started: seconds, or many on a busy machine.
STOP_SECONDS = 90


def demo(run_dir: Path, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "aerosaga.cli", "demo", "--days", "1", *words],
        cwd=ROOT,
        env={**outside(), "AEROSAGA_RUN_DIR": str(run_dir)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        # A shell that started the tests in its background lets all below it ignore Ctrl-C; a terminal does not.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


def read_until(running: subprocess.Popen[str], words: str) -> str:
    """Return what was printed up to the first line that has these words."""
    printed = ""
    for line in running.stdout or ():
        printed += line
        if words in line:
            return printed
    pytest.fail(f"the demo ended before it said {words!r}:\n{printed}")


class TestDemo:
    def test_plays_every_scene_as_it_should_be_and_leaves_nothing_running(self, tmp_path: Path):
        running = demo(tmp_path, "--once")
        printed, _ = running.communicate()

        assert running.returncode == 0, printed
        assert printed.count("  ok  ") == SCENES, printed
        for words in (
            "does not promise",
            "JFK LAX",
            "confirmed  2 seats",
            "failed (insufficient funds)",
            "voided (payment failed)",
            "409 seat_taken",
            "failed (timeout)",
            "nothing is still to come",
            "/docs",
            "/ops  (operator@example.org, password ",
            "bin/aerosaga timeline",
            "Nothing is left running",
        ):
            assert words in printed, f"{words!r} is missing in\n{printed}"
        assert leftovers(tmp_path) == []

    @pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
    def test_leaves_nothing_running_when_it_is_stopped_while_it_starts(self, tmp_path: Path, signum: signal.Signals):
        running = demo(tmp_path)
        read_until(running, "redis is ready")

        running.send_signal(signum)
        printed, _ = running.communicate()

        assert (running.returncode, "Stopped before the demo was over" in printed) == (1, True), printed
        assert leftovers(tmp_path) == []

    def test_leaves_nothing_running_when_it_is_killed(self, tmp_path: Path):
        running = demo(tmp_path)
        read_until(running, "redis is ready")

        running.kill()
        running.communicate()

        deadline = time.monotonic() + STOP_SECONDS
        while leftovers(tmp_path) and time.monotonic() < deadline:
            time.sleep(0.2)
        assert leftovers(tmp_path) == []
