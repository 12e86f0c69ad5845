"""nginx after its master was killed: its workers live on, and must not be in the way."""

import os
import signal
import time
from pathlib import Path

import httpx
import pytest

from deploy import ports
from deploy.alone import left_behind
from deploy.daemon import Daemon
from deploy.nginx import Nginx


@pytest.fixture
def nginx(tmp_path: Path, upstreams):
    urls = {name: upstream.url for name, upstream in upstreams.items()}
    port = ports.remembered(tmp_path / "ports.json", ("door",))["door"]
    return Nginx(tmp_path / "nginx", port=port, urls=urls | {"pages": urls["fare"]})


def wait(look) -> None:
    deadline = time.monotonic() + 20
    while not look():
        assert time.monotonic() < deadline
        time.sleep(0.05)


class TestNginxThatWasKilled:
    def test_starts_again_without_its_old_workers(self, nginx: Nginx, tmp_path: Path):
        daemon = Daemon(tmp_path, "nginx")

        def start() -> int:
            nginx.prepare()
            pid = daemon.start(nginx.command(), environment=nginx.environment(), directory=tmp_path, tether=True)
            pid_file = nginx.directory / "nginx.pid"
            # The old workers answer too.
            wait(lambda: pid_file.exists() and pid_file.read_text().strip() == str(pid))
            wait(nginx.answers)
            return pid

        try:
            master = start()
            os.kill(master, signal.SIGKILL)
            # Nobody has asked for its end yet: it is a zombie, which counts as dead.
            wait(lambda: not _lives(master))
            workers = left_behind(nginx.directory / "nginx.pid")
            assert workers

            start()

            assert not any(_lives(pid) for pid in workers)
            assert httpx.get(f"http://127.0.0.1:{nginx.port}/departures", trust_env=False).status_code == 200
        finally:
            daemon.stop(seconds=10)

    def test_has_left_nobody_behind_after_a_clean_stop(self, nginx: Nginx, tmp_path: Path):
        daemon = Daemon(tmp_path, "nginx")
        nginx.prepare()
        daemon.start(nginx.command(), environment=nginx.environment(), directory=tmp_path, tether=True)
        wait(nginx.answers)

        daemon.stop(seconds=10)

        assert left_behind(nginx.directory / "nginx.pid") == []
        assert not nginx.answers()


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False
