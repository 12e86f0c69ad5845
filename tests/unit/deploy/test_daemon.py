"""A background process of our own."""

import os
import subprocess
import sys

import pytest

from deploy.daemon import Daemon, tethered


@pytest.fixture
def daemon(tmp_path):
    daemon = Daemon(tmp_path, "sleeper")
    yield daemon
    daemon.kill()


def start(daemon, *command):
    return daemon.start(command, environment=dict(os.environ), directory=daemon.pid_file.parent)


class TestDaemon:
    def test_is_found_again_by_another_command(self, daemon, tmp_path):
        pid = start(daemon, "sleep", "60")

        assert Daemon(tmp_path, "sleeper").pid == pid

    def test_is_gone_once_it_was_stopped(self, daemon):
        start(daemon, "sleep", "60")

        daemon.stop(seconds=5)

        assert daemon.pid is None

    def test_is_killed_when_it_does_not_stop_in_time(self, daemon):
        # The shell says that it is ready by ignoring the signal first.
        start(daemon, "sh", "-c", "trap '' TERM; echo ready; while :; do sleep 0.1; done")
        while not daemon.log.read_text():
            pass

        daemon.stop(seconds=0.2)

        assert daemon.pid is None

    def test_leaves_a_stranger_alone_who_was_given_its_old_id(self, daemon):
        with subprocess.Popen(["sleep", "60"]) as stranger:
            daemon.pid_file.write_text(f"{stranger.pid} 1\n")

            daemon.kill()

            assert daemon.pid is None
            assert stranger.poll() is None
            stranger.kill()

    def test_writes_what_it_says_to_its_log(self, daemon):
        start(daemon, "echo", "hello")
        while daemon.pid is not None:
            pass

        assert daemon.log.read_text() == "hello\n"


class TestTethered:
    def test_puts_the_process_id_into_the_command(self):
        done = subprocess.run(
            tethered(os.getpid(), ["sh", "-c", "echo $$ {pid}"]), capture_output=True, text=True, check=True
        )

        own, filled_in = done.stdout.split()
        assert own == filled_in

    def test_does_not_start_the_command_when_the_parent_is_gone(self, tmp_path):
        for parent in ("1", str(tmp_path / "no-such.pid")):
            done = subprocess.run(
                [sys.executable, *tethered(1, [])[1:-1], parent, "echo", "started"],
                capture_output=True,
                text=True,
                check=False,
            )

            assert done.returncode == 1
            assert "its parent is gone" in done.stderr
            assert not done.stdout
