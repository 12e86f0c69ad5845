"""Examines the machine: Python, packages, programs, ports, disk, clock."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import platform
import shutil
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from aerosaga import target
from aerosaga.checks.finding import Finding, ok, problem, warning
from deploy import ports, topology, ways
from deploy.errors import CannotStart
from deploy.programs import ROOT
from deploy.redis import executable_without_root
from deploy.server import installed
from deploy.ways import LocalWay

OLDEST_PYTHON = (3, 11)
# The full year on MariaDB, with logs, takes about half of this.
ROOMY_BYTES = 3 * 1024**3
SCARCE_BYTES = 512 * 1024**2
# Before this year no version of this program existed.
OLDEST_YEAR = 2025

# What the servers way runs, by the Debian package that brings it.
_SERVERS = {
    "mariadb-server": ("mariadbd", "mysqld"),
    "rabbitmq-server": ("rabbitmq-server",),
    "redis-server": ("redis-server",),
    "nginx-light": ("nginx",),
}
# Python packages that the servers way needs on top, by what they are imported as.
_SERVERS_MODULES = {"mysqlclient": "MySQLdb", "flower": "flower"}


def examine() -> Iterator[Finding]:
    """Tell how everything is that has to be there before something can be started."""
    yield _python()
    yield _packages()
    yield _embedded_programs()
    yield _servers_programs()
    yield _ports()
    yield from _run_dir()
    yield _clock()


def _python() -> Finding:
    version = platform.python_version()
    if sys.version_info < OLDEST_PYTHON:
        return problem("Python", f"{version} is too old", "install Python 3.11 or newer, then remove .venv")
    return ok("Python", f"{version} at {sys.executable}")


def _packages() -> Finding:
    stamp = ROOT / ".venv" / ".installed"
    if Path(sys.prefix).resolve() != (ROOT / ".venv").resolve():
        return warning("packages", f"this runs in {sys.prefix}, not in the project's .venv", "use bin/aerosaga")
    lock = hashlib.sha256((ROOT / "requirements" / "base.lock").read_bytes()).hexdigest()
    if not stamp.exists() or f"base {lock}" not in stamp.read_text():
        return warning("packages", ".venv is not what requirements/base.lock says", "run deploy/bootstrap.sh base")
    return ok("packages", "as requirements/base.lock says")


def _embedded_programs() -> Finding:
    try:
        return ok("embedded way", f"has what it needs: Redis is {executable_without_root()}")
    except CannotStart as error:
        return problem("embedded way", "no Redis", str(error))


def _servers_programs() -> Finding:
    packages = [package for package, names in _SERVERS.items() if installed(*names) is None]
    modules = [name for name, module in _SERVERS_MODULES.items() if importlib.util.find_spec(module) is None]
    if packages:
        return warning(
            "servers way",
            f"not installed: {', '.join(packages)}",
            f"`make up` installs them as root, or: apt-get install -y --no-install-recommends {' '.join(packages)}",
        )
    if modules:
        return warning("servers way", f"Python lacks {', '.join(modules)}", "run deploy/bootstrap.sh servers")
    return ok("servers way", "has what it needs: MariaDB, RabbitMQ, Redis, nginx, their drivers and Flower")


def _ports() -> Finding:
    ours = set()
    for way in get_args(LocalWay):
        state = ways.status(way, target.run_dir(way)).state
        ours |= {int(url.rpartition(":")[2]) for url in state.urls.values()} if state else set()
    preferred = set(topology.PREFERRED_PORTS.values()) - ours
    busy = sorted(port for port in preferred if not ports.is_free(port))
    if busy:
        return warning(
            "ports",
            f"{', '.join(map(str, busy))} taken by something else",
            "nothing to do: the next free ports are used, and `bin/aerosaga status` tells which",
        )
    return ok("ports", "free, or ours: " + ", ".join(map(str, sorted(topology.PREFERRED_PORTS.values()))))


def _run_dir() -> Iterator[Finding]:
    directory = target.Surroundings().run_dir.resolve()
    there = directory
    while not there.exists():
        there = there.parent
    if not os.access(there, os.W_OK):
        yield problem("data directory", f"{there} is not yours to write to", "use a copy of your own, or its owner")
        return
    free = shutil.disk_usage(there).free
    text = f"{free / 1024**3:.1f} GiB free at {directory}"
    if free < SCARCE_BYTES:
        yield problem("disk", text, "make room: databases stop when the disk is full")
    elif free < ROOMY_BYTES:
        yield warning("disk", text, "enough for a demo; the full year of departures wants 3 GiB")
    else:
        yield ok("disk", text)


def _clock() -> Finding:
    now = datetime.now(UTC)
    try:
        ZoneInfo("America/New_York")
    except ZoneInfoNotFoundError:
        return problem("time zones", "the time zone database is missing", "run deploy/bootstrap.sh base")
    if now.year < OLDEST_YEAR:
        return problem("clock", f"it says {now:%Y-%m-%d}", "set the clock: holds and departures depend on it")
    return ok("clock", f"{now:%Y-%m-%d %H:%M} UTC, shown here as {time.strftime('%H:%M %Z')}; services use UTC")
