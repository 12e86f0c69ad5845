"""
What a system costs that nobody uses: CPU by kind of process over a minute, and memory of each process.

    python -m bench.idle [servers|embedded] [--seconds 60] [--settle 45] [--each]

Takes the way if it runs, else starts one in a directory of its own and stops it afterwards. Nobody may book meanwhile.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import click

from bench.figures import calibrate, table
from bench.steps import PACE
from deploy import topology, ways
from deploy.supervise import Supervisor

_TICKS = os.sysconf("SC_CLK_TCK")
_SERVERS = {"mariadb", "rabbitmq", "epmd", "redis", "nginx"}
_ROLES = {process.name: process.role for process in topology.PROCESSES}
_OUTSIDE = {process.name for process in topology.PROCESSES if process.service in topology.OUTSIDE}


@dataclass(frozen=True, kw_only=True)
class Cost:
    """Of one program with its children: CPU seconds so far, megabytes of its share of memory (PSS), processes."""

    cpu_seconds: float
    megabytes: float
    processes: int


def costs(supervisor: Supervisor) -> dict[str, Cost]:
    """Return what each program costs so far, by its name; supervisord's own is without its children."""
    parents = dict(_parents())
    found = {program.name: _of(_family({program.pid or 0}, parents)) for program in supervisor.states()}
    return found | {"supervisord": _of({supervisor.pid or 0})}


def kind_of(name: str) -> str:
    """Return what a program counts as: a server by its name, ours by their role, stand-ins for others."""
    if name in _SERVERS or name == "supervisord":
        return name
    if name in _OUTSIDE:
        return "sandbox"
    return {"gateway-stream": "stream", "gateway-pages": "pages"}.get(name, _ROLES[name])


@click.command()
@click.argument("way", type=click.Choice(get_args(ways.LocalWay)), default="servers")
@click.option("--seconds", default=60.0, show_default=True, help="for how long CPU is counted")
@click.option("--settle", default=45.0, show_default=True, help="seconds before, in which what began comes to rest")
@click.option("--each", is_flag=True, help="show every program too")
def main(way: ways.LocalWay, seconds: float, settle: float, each: bool) -> None:
    """Measure a way that nobody uses, and print it."""
    with _running(way) as supervisor:
        time.sleep(settle)
        pace = calibrate()
        before, began = costs(supervisor), time.monotonic()
        time.sleep(seconds)
        after, took = costs(supervisor), time.monotonic() - began
    share = PACE / ((pace + calibrate()) / 2)
    shown = {name: (_percent(before, after, name, took) * share, after[name]) for name in after}
    if each:
        click.echo(_told(shown, "program") + "\n")
    kinds: dict[str, tuple[float, Cost]] = {}
    for name, (percent, cost) in shown.items():
        so_far, known = kinds.get(kind_of(name), (0.0, Cost(cpu_seconds=0, megabytes=0, processes=0)))
        kinds[kind_of(name)] = (so_far + percent, _sum(known, cost))
    click.echo(_told(kinds, "kind"))


def _told(rows: Mapping[str, tuple[float, Cost]], head: str) -> str:
    lines = [
        (name, f"{percent:.2f}", f"{cost.megabytes:.0f}", str(cost.processes))
        for name, (percent, cost) in sorted(rows.items(), key=lambda row: -row[1][0])
    ]
    percent = sum(percent for percent, _ in rows.values())
    total = Cost(cpu_seconds=0, megabytes=0, processes=0)
    for _, cost in rows.values():
        total = _sum(total, cost)
    lines.append(("**all**", f"**{percent:.2f}**", f"**{total.megabytes:.0f}**", f"**{total.processes}**"))
    return table((head, "% of a core", "MB (PSS)", "processes"), lines)


def _percent(before: Mapping[str, Cost], after: Mapping[str, Cost], name: str, took: float) -> float:
    known = before.get(name)
    return 100.0 * (after[name].cpu_seconds - known.cpu_seconds) / took if known else 0.0


def _sum(one: Cost, other: Cost) -> Cost:
    return Cost(
        cpu_seconds=one.cpu_seconds + other.cpu_seconds,
        megabytes=one.megabytes + other.megabytes,
        processes=one.processes + other.processes,
    )


@contextmanager
def _running(way: ways.LocalWay) -> Iterator[Supervisor]:
    status = ways.status(way)
    if status.running:
        yield Supervisor(status.run_dir)
        return
    with tempfile.TemporaryDirectory(prefix="aerosaga-idle-") as place:
        ways.up(way, run_dir=Path(place), foreground=True, progress=lambda line: click.echo(line, err=True))
        try:
            yield Supervisor(Path(place))
        finally:
            ways.down(way, Path(place))


def _parents() -> Iterator[tuple[int, int]]:
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            yield int(entry.name), int((entry / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue  # It has ended meanwhile.


def _family(roots: Collection[int], parents: Mapping[int, int]) -> set[int]:
    children: dict[int, set[int]] = defaultdict(set)
    for pid, parent in parents.items():
        children[parent].add(pid)
    family, fresh = set(roots), set(roots)
    while fresh := {child for pid in fresh for child in children[pid]} - family:
        family |= fresh
    return family


def _of(family: Collection[int]) -> Cost:
    each = [_cost(pid) for pid in family]
    return Cost(cpu_seconds=sum(cpu for cpu, _ in each), megabytes=sum(size for _, size in each), processes=len(each))


def _cost(pid: int) -> tuple[float, float]:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        rolled = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0, 0.0
    # utime and stime, of all its threads; of children it waited for nothing, they are counted while they live.
    pss = next(int(line.split()[1]) for line in rolled if line.startswith("Pss:"))
    return (int(fields[11]) + int(fields[12])) / _TICKS, pss * 1024 / 1e6


if __name__ == "__main__":
    main()
