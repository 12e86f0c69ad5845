"""A budget of CPU for one process, kept by the kernel: what a machine of its own would give it, on one machine."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.errors import CannotStart

CGROUPS = Path("/sys/fs/cgroup")
# The kernel counts in periods of so many microseconds; shorter ones give small budgets more evenly.
PERIOD = 50_000
LEAST = 1_000 / PERIOD


@contextmanager
def budget(pid: int, *, cores: float, root: Path = CGROUPS) -> Iterator[None]:
    """
    Let a process, all its threads included, use no more than that part of a core, until the block ends.

    :raises CannotStart: if this machine has no control groups that we may make, or none that limits CPU
    """
    parent = _parent(root)
    group = parent / f"aerosaga-bench-{os.getpid()}-{pid}"
    try:
        group.mkdir()
    except OSError as error:
        raise CannotStart(f"No budget of CPU can be set: {error}. It takes root, outside of a container.") from error
    try:
        if (parent / "cgroup.controllers").exists():
            (group / "cpu.max").write_text(f"{_quota(cores)} {PERIOD}")
        else:
            (group / "cpu.cfs_period_us").write_text(str(PERIOD))
            (group / "cpu.cfs_quota_us").write_text(str(_quota(cores)))
        (group / "cgroup.procs").write_text(str(pid))
        yield
    finally:
        for left in (group / "cgroup.procs").read_text().split() if (group / "cgroup.procs").exists() else ():
            (parent / "cgroup.procs").write_text(left)
        group.rmdir()


def _quota(cores: float) -> int:
    if cores < LEAST:
        raise CannotStart(f"A budget of {cores:g} of a core is too small for the kernel, whose least is {LEAST:g}.")
    return round(cores * PERIOD)


def _parent(root: Path) -> Path:
    """Return the directory in which groups are made: of version 2 the one tree there is, of version 1 that of `cpu`."""
    controllers = root / "cgroup.controllers"
    if controllers.exists() and "cpu" in controllers.read_text().split():
        (root / "cgroup.subtree_control").write_text("+cpu")
        return root
    if (root / "cpu" / "cpu.cfs_quota_us").exists():
        return root / "cpu"
    raise CannotStart(f"No budget of CPU can be set: {root} has no control groups that limit CPU (cpu.max).")
