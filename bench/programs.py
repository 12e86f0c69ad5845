"""The programs of a way that runs: which processes they are, and what each counts as."""

from __future__ import annotations

from bench.systems import OUTSIDE
from deploy import topology
from deploy.ways import Status

_GROUPS = {
    "worker": "workers and settler",
    "settler": "workers and settler",
    "consumer": "consumers",
    "sweeper": "relays and sweeps",
    "beat": "relays and sweeps",
    "web": "webs",
    "pages": "webs",
    "stream": "webs",
    "gateway": "webs",
    "deliverer": "mail and webhooks",
    "webhooks": "mail and webhooks",
    "epmd": "rabbitmq",
}
_SERVERS = ("mariadb", "rabbitmq", "redis", "nginx")


def group(program: str) -> str:
    """Return what a program counts as: by its role in the topology; each server is a group of its own."""
    if program in _SERVERS:
        return program
    if program in {*topology.OUTSIDE, "flower"}:
        return OUTSIDE
    return _GROUPS.get(program.rpartition("-")[2], "supervision")


def roots(status: Status) -> dict[str, int]:
    """Return the process id of every program of supervisord that runs, by its name, and of itself."""
    running = {program.name: program.pid for program in status.programs if program.pid}
    return {"supervisord": status.state.supervisor_pid, **running} if status.state else running
