"""What processes cost, from /proc: CPU seconds and memory of whole trees, and what else the machine did."""

from __future__ import annotations

import os
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")


def trees(roots: Mapping[str, int]) -> dict[str, list[int]]:
    """Return the process ids of each named root and of all its descendants; a root's tree ends at another root."""
    children: dict[int, list[int]] = defaultdict(list)
    for entry in Path("/proc").glob("[0-9]*"):
        fields = _stat(int(entry.name))
        if fields:
            children[int(fields[1])].append(int(entry.name))
    found = {}
    for name, root in roots.items():
        others = set(roots.values()) - {root}
        tree, ahead = [], [root]
        while ahead:
            pid = ahead.pop()
            tree.append(pid)
            ahead += [child for child in children[pid] if child not in others]
        found[name] = tree
    return found


def cpu_seconds(pids: Iterable[int]) -> float:
    """Return the CPU time of these processes and of their children that have ended."""
    used = (fields for pid in pids if (fields := _stat(pid)))
    # utime, stime, cutime, cstime
    return sum(int(ticks) for fields in used for ticks in fields[11:15]) / TICK


def cpu_by_root(roots: Mapping[str, int]) -> dict[str, float]:
    """Return the CPU seconds of each root's tree so far."""
    return {name: cpu_seconds(pids) for name, pids in trees(roots).items()}


def spent(before: Mapping[str, float], after: Mapping[str, float]) -> dict[str, float]:
    """Return what was added to each since; of what was not there before, all."""
    return {name: used - before.get(name, 0.0) for name, used in after.items()}


def busy_percent(roots: Mapping[str, int], *, seconds: float) -> dict[str, float]:
    """Watch for so long, and return which part of a core each root's tree used, in per cent."""
    before, began = cpu_by_root(roots), time.monotonic()
    time.sleep(seconds)
    used, took = spent(before, cpu_by_root(roots)), time.monotonic() - began
    return {name: cpu / took * 100 for name, cpu in used.items()}


def pss_bytes(pids: Iterable[int]) -> int:
    """Return the memory of these processes; what several share counts once in all."""
    total = 0
    for pid in pids:
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue  # it has ended
        total += sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
    return total


def machine_cpu_seconds() -> float:
    """Return how long the machine's processors have been busy since it was started."""
    user, nice, system, _, _, irq, softirq = map(int, Path("/proc/stat").read_text().split()[1:8])
    return (user + nice + system + irq + softirq) / TICK


def disk_flushes() -> int:
    """Return how often disks were told to write what they hold: every fsync that reaches one."""
    lines = (line.split() for line in Path("/proc/diskstats").read_text().splitlines())
    return sum(int(line[18]) for line in lines if len(line) >= 20 and not line[2].startswith(("loop", "ram", "dm-")))


def loopback_bytes() -> int:
    """Return how much this machine has sent to itself since it was started."""
    [sent] = (
        line.split()[9] for line in Path("/proc/net/dev").read_text().splitlines() if line.strip().startswith("lo:")
    )
    return int(sent)


def _stat(pid: int) -> list[str] | None:
    try:
        # The second field is the command in brackets, and may itself hold brackets and spaces.
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
