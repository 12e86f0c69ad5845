"""How much memory the processes of a running system take."""

import os
from collections.abc import Collection
from pathlib import Path

from deploy.supervise import Supervisor

_PAGE = os.sysconf("SC_PAGE_SIZE")


def of_all(supervisor: Supervisor) -> float:
    """Return the megabytes that everything under supervisord has in memory; what is shared counts each time."""
    return _of({supervisor.pid or 0})


def of_one(supervisor: Supervisor, name: str) -> float:
    """Return the megabytes of one program and its children."""
    return _of({program.pid or 0 for program in supervisor.states() if program.name == name})


def _of(roots: Collection[int]) -> float:
    parents: dict[int, int] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue  # It has ended meanwhile.
    family = set(roots)
    while more := {pid for pid, parent in parents.items() if parent in family} - family:
        family |= more
    return sum(map(_resident, family)) / 1e6


def _resident(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE
    except OSError:
        return 0
