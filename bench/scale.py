"""
What so many bookings a second would take: the measured cost of one times many, by what one of each server carries.

    python -m bench.scale .run/bench/<time>/result.json [--rate 10000]
"""

from __future__ import annotations

import json
import math
import statistics
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from bench.figures import table
from bench.report import Phase, cpu_by_group
from bench.systems import OUTSIDE

# A machine that is busier than this answers late whenever two come at once.
BUSY = 0.6
# What one server carried on the machine of docs/performance.md with 32 connections, and with 256 messages unconfirmed:
# durable commits of MariaDB and persistent messages of a quorum queue, a second.
COMMITS, MESSAGES = 12_770, 16_000
CORES_OF_A_DATABASE = 16


@dataclass(frozen=True, kw_only=True)
class Need:
    """`load` of something a second (or cores), what `one` carries of it, and how many it takes."""

    what: str
    load: float
    unit: str
    one: float

    @property
    def number(self) -> int:
        return math.ceil(self.load / self.one)


def medians(phases: Sequence[Phase]) -> tuple[dict[str, float], dict[str, float]]:
    """Return CPU ms by group, the outside left out, and what was counted, of one booking: medians of the rounds."""
    groups: dict[str, list[float]] = defaultdict(list)
    for phase in phases:
        for group, used in cpu_by_group(phase).items():
            groups[group].append(used)
    cpu = {group: statistics.median(used) for group, used in groups.items() if group != OUTSIDE}
    counted = {name: statistics.median(phase["counted"][name] for phase in phases) for name in phases[0]["counted"]}
    return cpu, counted


def needs(cpu: Mapping[str, float], counted: Mapping[str, float], *, rate: float) -> list[Need]:
    """Return what `rate` bookings a second need, the scarcest first; a process of Python uses one core."""
    found = [
        Need(what=f"{group}: processes", load=used * rate / 1000, unit="cores", one=BUSY)
        for group, used in cpu.items()
        if group != "mariadb"
    ]
    found.append(
        Need(
            what=f"mariadb: servers of {CORES_OF_A_DATABASE} cores, by CPU",
            load=cpu.get("mariadb", 0.0) * rate / 1000,
            unit="cores",
            one=BUSY * CORES_OF_A_DATABASE,
        )
    )
    found.append(
        Need(what="mariadb: servers, by commits", load=counted["commits"] * rate, unit="commits/s", one=COMMITS * BUSY)
    )
    found.append(
        Need(what="rabbitmq: nodes, by events", load=counted["events"] * rate, unit="messages/s", one=MESSAGES * BUSY)
    )
    found.append(
        Need(
            what="network: links of 10 Gbit/s", load=counted["loopback kB"] * rate * 8e-6, unit="Gbit/s", one=10 * BUSY
        )
    )
    return sorted(found, key=lambda need: -need.number)


@click.command()
@click.argument("result", type=click.Path(path_type=Path, exists=True))
@click.option("--rate", default=10_000.0, show_default=True, help="Bookings a second.")
def main(result: Path, rate: float) -> None:
    """Print what a rate would take, from a result of `make bench`."""
    read: Mapping[str, Any] = json.loads(result.read_text())
    phases = [each for each in read["phases"] if each["system"] == "aerosaga" and each["load"].endswith("clients")]
    cpu, counted = medians(phases)
    rows = [
        [each.what, f"{each.load:,.1f} {each.unit}", f"{each.one:,.1f}", str(each.number)]
        for each in needs(cpu, counted, rate=rate)
    ]
    click.echo(table([f"for {rate:,.0f} bookings/s", "load", "one carries", "how many"], rows))


if __name__ == "__main__":
    main()
