"""Turns servers and processes of the topology into programs that supervisord can run."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from deploy import environment, topology
from deploy.ports import LOOPBACK
from deploy.server import Server
from deploy.supervisor_conf import DOOR, NEWS, OUTSIDE, SERVERS, WEBS, WORKERS, Program
from deploy.topology import Process, Way

ROOT = Path(__file__).resolve().parent.parent
# How long a process may take to finish what it has, before it is killed. Each gives up by itself much earlier, a worker
# as common/stopping.py says, a web as its --graceful-timeout; the rest is for a machine that is very busy.
STOP_SECONDS = 60
WEB_WORKERS: Mapping[Way, int] = {"embedded": 1, "servers": 2, "containers": 2}


def python_command(command: Sequence[str]) -> list[str]:
    """Return the command with our own interpreter, so that nothing depends on PATH or on scripts' first lines."""
    program, *rest = command
    module = [] if program == "python" else ["-m", program]
    return [sys.executable, *module, *rest]


def server_program(server: Server) -> Program:
    """Return the program of a server; it starts with supervisord."""
    return Program(
        name=server.name,
        group=SERVERS,
        command=server.command(),
        environment=server.environment(),
        directory=server.directory,
        stop_seconds=server.stop_seconds,
        stop_signal=server.stop_signal,
        autostart=True,
    )


def door_program(server: Server) -> Program:
    """Return the program of the public door; it waits to be started, like a process."""
    return replace(server_program(server), group=DOOR, autostart=False)


def process_program(
    process: Process, *, way: Way, settings: Mapping[str, str], data_dir: Path, port: int | None
) -> Program:
    """Return the program of a process; it waits to be started. `data_dir` is where it may keep files."""
    command = topology.command(
        process,
        host=LOOPBACK,
        port=port,
        data=str(data_dir),
        web_workers=WEB_WORKERS[way],
        unique="-{pid}",  # Filled in by the tether at each start.
    )
    return Program(
        name=process.name,
        group=_group(process),
        command=python_command(command),
        environment=environment.of(process, settings),
        directory=ROOT,
        stop_seconds=STOP_SECONDS,
    )


def _group(process: Process) -> str:
    """The group a process is started and stopped with."""
    if process.service in topology.OUTSIDE:
        return OUTSIDE
    if process.service in ("gateway", "stream"):
        return DOOR if process.service == "gateway" else NEWS
    return WEBS if process.role in ("web", "flower") else WORKERS
