"""
What a system costs that nobody uses: CPU over a minute and memory, by what its processes are for.

    python -m bench.idle [servers|embedded] [--seconds 60] [--settle 45] [--each]

Takes the way if it runs, else starts one in a directory of its own and stops it afterwards. Nobody may book meanwhile.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import click

from bench import processes, programs
from bench.figures import calibrate, table
from deploy import ways


@dataclass(frozen=True, kw_only=True)
class Cost:
    """Of some programs with their children: per cent of a core, megabytes of their share of memory (PSS), processes."""

    percent: float = 0.0
    megabytes: float = 0.0
    processes: int = 0

    def __add__(self, other: Cost) -> Cost:
        return Cost(
            percent=self.percent + other.percent,
            megabytes=self.megabytes + other.megabytes,
            processes=self.processes + other.processes,
        )


@click.command()
@click.argument("way", type=click.Choice(get_args(ways.LocalWay)), default="servers")
@click.option("--seconds", default=60.0, show_default=True, help="for how long CPU is counted")
@click.option("--settle", default=45.0, show_default=True, help="seconds before, in which what began comes to rest")
@click.option("--each", is_flag=True, help="show every program too")
def main(way: ways.LocalWay, seconds: float, settle: float, each: bool) -> None:
    """Measure a way that nobody uses, and print it."""
    with _running(way) as roots:
        time.sleep(settle)
        load, pace = os.getloadavg()[0], calibrate()
        costs = measure(roots, seconds=seconds)
    if each:
        click.echo(told(costs, "program") + "\n")
    click.echo(told(by_group(costs), "group"))
    click.echo(f"\nload average before {load:.1f}, calibration before and after {pace:.0f} and {calibrate():.0f} ms")


def measure(roots: Mapping[str, int], *, seconds: float) -> dict[str, Cost]:
    """Watch each root's tree for so long, and return what it cost."""
    percent = processes.busy_percent(roots, seconds=seconds)
    return {
        name: Cost(percent=percent[name], megabytes=processes.pss_bytes(pids) / 1e6, processes=len(pids))
        for name, pids in processes.trees(roots).items()
    }


def by_group(costs: Mapping[str, Cost]) -> dict[str, Cost]:
    """Return what the programs of each group cost together."""
    groups: dict[str, Cost] = {}
    for name, cost in costs.items():
        groups[programs.group(name)] = groups.get(programs.group(name), Cost()) + cost
    return groups


def told(costs: Mapping[str, Cost], head: str) -> str:
    """Return a table, the busiest first, with the sum of all as its last line."""
    lines = [_line(name, cost) for name, cost in sorted(costs.items(), key=lambda each: -each[1].percent)]
    lines.append([f"**{cell}**" for cell in _line("all", sum(costs.values(), start=Cost()))])
    return table((head, "% of a core", "MB (PSS)", "processes"), lines)


def _line(name: str, cost: Cost) -> list[str]:
    return [name, f"{cost.percent:.2f}", f"{cost.megabytes:.0f}", str(cost.processes)]


@contextmanager
def _running(way: ways.LocalWay) -> Iterator[dict[str, int]]:
    """Yield the roots of the way; started for that, and stopped afterwards, if it does not run."""
    status = ways.status(way)
    if status.running:
        yield programs.roots(status)
        return
    with tempfile.TemporaryDirectory(prefix="aerosaga-idle-") as place:
        ways.up(way, run_dir=Path(place), foreground=True, progress=lambda line: click.echo(line, err=True))
        try:
            yield programs.roots(ways.status(way, Path(place)))
        finally:
            ways.down(way, Path(place))


if __name__ == "__main__":
    main()
