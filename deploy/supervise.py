"""Starts supervisord, asks it how its programs are, and stops it with all of them."""

from __future__ import annotations

import sys
import xmlrpc.client
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Any

from supervisor.xmlrpc import SupervisorTransport

from deploy import private_file, sockets, supervisor_conf
from deploy.daemon import Daemon
from deploy.supervisor_conf import Program

ROOT = Path(__file__).resolve().parent.parent
# One group after the other, each with a minute at most. Usually it is seconds.
STOP_SECONDS = 300.0


@dataclass(frozen=True, kw_only=True)
class ProgramState:
    """
    How one program is.

    `state` is Supervisor's word: STOPPED, STARTING, RUNNING, BACKOFF (ended too soon, will be tried again),
    STOPPING, EXITED, FATAL. `pid` and `uptime_seconds` are None while it does not run. `started_at` and `ended_at` are
    the Unix times of its last start and end, 0 if there was none; `exit_status` is what it ended with, -1 by a signal.
    """

    name: str
    group: str
    state: str
    pid: int | None
    uptime_seconds: int | None
    started_at: int
    ended_at: int
    exit_status: int
    log: Path


class Supervisor:
    """The supervisord of one run directory."""

    def __init__(self, run_dir: Path) -> None:
        self.run_dir = run_dir.resolve()
        self.log_dir = self.run_dir / "log"
        self.socket = sockets.path_for(self.run_dir, "supervisor.sock")
        self._configuration = self.run_dir / "supervisord.conf"
        self._daemon = Daemon(self.run_dir, "supervisord")

    @property
    def pid(self) -> int | None:
        """Its process id while it runs, else None."""
        return self._daemon.pid

    def start(self, programs: Sequence[Program], *, environment: Mapping[str, str], tether: bool) -> None:
        """
        Start supervisord, and with it those programs that have `autostart`.

        With `tether`, it stops everything when the calling thread ends, even by kill -9.
        """
        private_file.make_directory(self.log_dir)
        pid_file = self.run_dir / "supervisord.pid"
        # One left behind by a machine that lost power would tether the first programs to a stranger.
        pid_file.unlink(missing_ok=True)
        private_file.write(
            self._configuration,
            supervisor_conf.render(
                programs, socket=self.socket, pid_file=pid_file, log_dir=self.log_dir, shared=environment
            ),
        )
        self._daemon.start(
            [sys.executable, "-m", "deploy.supervisord", "-c", str(self._configuration)],
            environment=environment,
            directory=ROOT,
            tether=tether,
        )

    def start_group(self, group: str) -> None:
        """Start every program of a group, without waiting for them."""
        with self._rpc() as rpc:
            rpc.supervisor.startProcessGroup(group, False)

    def start_program(self, name: str) -> None:
        """Start one program that was stopped, and wait until it has lasted; nothing happens if it runs."""
        with self._rpc() as rpc, suppress(xmlrpc.client.Fault):
            rpc.supervisor.startProcess(self._full(name), True)

    def stop_program(self, name: str) -> None:
        """Stop one program cleanly and wait for its end; nothing happens if it does not run."""
        with self._rpc() as rpc, suppress(xmlrpc.client.Fault):
            rpc.supervisor.stopProcess(self._full(name), True)

    def stop_group(self, group: str) -> None:
        """Ask every program of a group to stop, without waiting for them."""
        with self._rpc() as rpc:
            rpc.supervisor.stopProcessGroup(group, False)

    def states(self) -> list[ProgramState]:
        """Return how each program is; nothing if supervisord does not run or does not answer."""
        if self.pid is None:
            return []
        try:
            with self._rpc() as rpc:
                return [_state(info) for info in rpc.supervisor.getAllProcessInfo()]
        except (OSError, HTTPException, xmlrpc.client.Error):
            return []  # It is just starting or stopping.

    def stop(self) -> bool:
        """Stop every program, the servers last, and supervisord; return whether it ran."""
        ran = self.pid is not None
        self._daemon.stop(seconds=STOP_SECONDS)
        return ran

    def _full(self, name: str) -> str:
        """The name by which supervisord knows a program."""
        return next((f"{each.group}:{name}" for each in self.states() if each.name == name), name)

    def _rpc(self) -> Any:
        transport = SupervisorTransport(None, None, f"unix://{self.socket}")
        return xmlrpc.client.ServerProxy("http://localhost", transport=transport)


def _state(info: Mapping[str, Any]) -> ProgramState:
    lives = bool(info["pid"])
    return ProgramState(
        name=info["name"],
        group=info["group"],
        state=info["statename"],
        pid=info["pid"] or None,
        uptime_seconds=max(0, info["now"] - info["start"]) if lives else None,
        started_at=info["start"],
        ended_at=info["stop"],
        exit_status=info["exitstatus"],
        log=Path(info["stdout_logfile"]),
    )
