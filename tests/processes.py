"""
pytest-celery's nodes over plain processes.

Its nodes wrap Docker containers, and of a container they use little: its name, state, logs, kill and restart. A
`PlainProcess` answers the same with a subprocess, so that a test which kills and restarts workers through
pytest-celery needs no Docker engine.
"""

import os
import runpy
import secrets
import signal as signals
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

from celery import Celery, current_app
from pytest_celery import CeleryTestContainer, CeleryTestWorker

from deploy import programs, topology
from deploy.daemon import tethered
from deploy.supervisor_conf import Program

ROOT = Path(__file__).resolve().parents[1]
STOP_SECONDS = 20


class PlainProcess:
    """The part of docker's Container that pytest-celery uses, for a process that ends with this one."""

    # What a container without networks and ports says of itself.
    attrs: Mapping[str, Mapping[str, object]] = {
        "NetworkSettings": {"Networks": {}, "Ports": {}},
        "HostConfig": {"PortBindings": {}},
        "Config": {"Env": []},
    }

    def __init__(self, name: str, command: Sequence[str], *, environment: Mapping[str, str], log_dir: Path) -> None:
        self.id = secrets.token_hex(16)
        self.name = name
        self._command = tethered(os.getpid(), command)
        self._environment = dict(environment)
        self._log = log_dir / f"{name}.log"
        self._began_at = 0
        self.start()

    def start(self) -> None:
        """Start the process; its logs begin anew."""
        self._began_at = self._log.stat().st_size if self._log.exists() else 0
        with self._log.open("ab") as output:
            self._process = subprocess.Popen(
                self._command,
                env=self._environment,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """The id of the process that was started last."""
        return self._process.pid

    @property
    def status(self) -> str:
        """Docker's word for how it is."""
        return "running" if self._process.poll() is None else "exited"

    @property
    def exit_status(self) -> int | None:
        """What it ended with, less than 0 by a signal; None while it runs."""
        return self._process.poll()

    def terminate(self) -> None:
        """Ask it to stop, as the supervisor does: itself and not its children. Does not wait."""
        self._process.terminate()

    def logs(self) -> bytes:
        """Return what it wrote since it was started last."""
        with self._log.open("rb") as file:
            file.seek(self._began_at)
            return file.read()

    def kill(self, signal: str | int | None = None) -> None:
        """Send a signal, SIGKILL unless told otherwise, and wait until the process has ended."""
        number = signals.Signals[signal] if isinstance(signal, str) else signal or signals.SIGKILL
        # It leads a group of its own, so that a kill takes its children along.
        os.killpg(self._process.pid, number)
        self._process.wait(STOP_SECONDS)

    def restart(self, timeout: int = STOP_SECONDS) -> None:
        """Stop the process if it runs, and start it again."""
        self.stop(timeout)
        self.start()

    def stop(self, timeout: int = STOP_SECONDS) -> None:
        """Ask the process to stop; kill it if it does not within `timeout` seconds."""
        if self.status == "running":
            os.killpg(self._process.pid, signals.SIGTERM)
            try:
                self._process.wait(timeout)
            except subprocess.TimeoutExpired:
                self.kill()

    def reload(self) -> None:
        """Nothing is remembered, so nothing is stale."""


class WorkerProcess(CeleryTestContainer):
    """A Celery worker as a process; it is ready when it says so."""

    @property
    def ready_prompt(self) -> str:
        return " ready."

    def teardown(self) -> None:
        self._container.stop()


def program_of(name: str, place: Path, **settings: str) -> Program:
    """
    Return the program of a process of the topology, for the servers that this process's environment names.

    `settings` are AEROSAGA_ variables by their whole names; `place` is where the process may keep files.
    """
    everything = dict.fromkeys((name for process in topology.PROCESSES for name in process.environment), "")
    everything |= {name: value for name, value in os.environ.items() if name in everything}
    everything |= {"AEROSAGA_WAY": "servers", "AEROSAGA_LOG_LEVEL": "INFO", "AEROSAGA_LOG_FORMAT": "json"}
    process = next(process for process in topology.PROCESSES if process.name == name)
    return programs.process_program(process, way="servers", settings=everything | settings, data_dir=place, port=None)


def celery_app() -> Celery:
    """Return a Celery app with the settings that this process's environment gives now, and no task of its own."""
    app = Celery("tests", set_as_current=False)
    app.config_from_object(SimpleNamespace(**runpy.run_path(str(ROOT / "celeryconfig.py"))))
    return app


@contextmanager
def current(app: Celery) -> Iterator[None]:
    """Let `app` be what Celery's canvases are sent with while a block runs."""
    before = current_app._get_current_object()
    app.set_current()
    try:
        yield
    finally:
        before.set_current()


def worker(
    name: str, command: Sequence[str], *, environment: Mapping[str, str], log_dir: Path, app: Celery
) -> CeleryTestWorker:
    """Start a worker and return it as a node of a cluster; `app` is what the test talks to it with."""
    process = PlainProcess(name, command, environment=environment, log_dir=log_dir)
    return CeleryTestWorker(WorkerProcess(process), app)
