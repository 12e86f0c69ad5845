"""
The full year's timetable: how long it takes to put on sale, in what memory, and how soon a search is answered then.

    python -m bench.full_year [--searches 500]

Starts the servers way on fresh data and loads all 336,776 departures with `aerosaga load-timetable --full-year`,
through the services' own doors. Then it asks for offers, one at a time and four at a time, and shows how MariaDB finds
the rows of each statement of a search.
"""

from __future__ import annotations

import os
import random
import resource
import subprocess
import threading
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import urlencode

import click

from bench import processes
from bench.figures import calibrate, spread, table
from bench.load import run
from bench.plans import SMALL, Plans, Reading
from bench.systems.aerosaga import Aerosaga
from bench.wire import encode
from common import codec
from deploy import state
from deploy.programs import ROOT, python_command
from fare_svc import app as fare_app
from tests.surroundings import outside, surroundings

SAMPLE_SECONDS = 5.0
# Further ahead than the year reaches.
FAR_AHEAD = 400
AT_ONCE = (1, 4)
# What New York's three airports are asked for, by how many flights a day: many, some, few, and none without a change.
ROUTES = (
    ("JFK", "LAX"),
    ("LGA", "ATL"),
    ("EWR", "ORD"),
    ("JFK", "SJU"),
    ("LGA", "DEN"),
    ("EWR", "SNA"),
    ("JFK", "HNL"),
)
KEY = "7a" * 32


@click.command()
@click.option("--searches", default=500, show_default=True, help="How many are timed, each time.")
@click.option("--home", type=click.Path(path_type=Path), default=ROOT / ".run" / "bench", help="Data and logs.")
def main(searches: int, home: Path) -> None:
    """Load the year, search in it, and print what that took."""
    system = Aerosaga(home)
    system.boot()
    try:
        rows = [["load average before", f"{os.getloadavg()[0]:.1f}"], ["calibration", f"{calibrate():.0f} ms"]]
        # A day for itself, after the year: the same is asked before the year is there and afterwards.
        alone = date.today() + timedelta(days=FAR_AHEAD)
        _load(system, home, "--days", "1", "--from", alone.isoformat())
        rows += _searches(system, _queries(searches, [alone]), "of the only day on sale")
        rows += _measured_load(system, home)
        year = [date.today() + timedelta(days=day) for day in range(8, 350)]
        rows += _searches(system, _queries(searches, [alone]), "of that day, with the year on sale")
        rows += _searches(system, _queries(searches, year), "of any day of the year")
        click.echo(table(["full year", ""], rows))
        readings = _explained(system, _queries(20, year))
        click.echo()
        click.echo(table(["table", "index", "access", "rows", "statement"], map(_line, readings)))
        if any(reading.is_scan and reading.rows > SMALL for reading in readings):
            raise SystemExit(1)
    finally:
        system.stop()


def _load(system: Aerosaga, home: Path, *which: str) -> str:
    """Load a timetable by the command line; return what it said."""
    environment = {
        **outside(),
        "AEROSAGA_STATE": str(system.run_dir / state.FILE),
        "AEROSAGA_RUN_DIR": str(home),
    }
    command = python_command(["python", "-m", "aerosaga.cli", "load-timetable", *which])
    done = subprocess.run(command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    return " ".join(done.stdout.split())


def _measured_load(system: Aerosaga, home: Path) -> list[list[str]]:
    """Load the year; return how long that took, the CPU, and the memory while it ran."""
    roots = dict(system.roots())
    watch, cpu = _Memory(roots), processes.cpu_by_root(roots)
    watch.start()
    said = _load(system, home, "--full-year")
    used = processes.spent(cpu, processes.cpu_by_root(roots))
    watch.stop()
    client = resource.getrusage(resource.RUSAGE_CHILDREN)
    busiest = sorted(used.items(), key=lambda each: -each[1])[:7]
    return [
        ["load-timetable", said],
        ["its CPU seconds, with every service's and server's", f"{sum(used.values()) + client.ru_utime:,.0f}"],
        ["the busiest", ", ".join(f"{name} {seconds:.0f} s" for name, seconds in busiest)],
        ["memory of everything before, and its most", f"{watch.megabytes[0]:,.0f} MB, {max(watch.megabytes):,.0f} MB"],
        ["memory of the loading command", f"{client.ru_maxrss / 1024:,.0f} MB"],
        ["load average after", f"{os.getloadavg()[0]:.1f}"],
    ]


class _Memory(threading.Thread):
    """Looks now and then how much memory the whole system takes; what processes share counts once."""

    def __init__(self, roots: Mapping[str, int]) -> None:
        super().__init__(daemon=True)
        self._roots = roots
        self._end = threading.Event()
        self.megabytes = [self._now()]

    def run(self) -> None:
        while not self._end.wait(SAMPLE_SECONDS):
            self.megabytes.append(self._now())

    def stop(self) -> None:
        self._end.set()
        self.join()

    def _now(self) -> float:
        return sum(map(processes.pss_bytes, processes.trees(self._roots).values())) / 1e6


def _queries(count: int, days: Sequence[date]) -> list[str]:
    rng = random.Random(7)
    return [
        urlencode({"from": origin, "to": destination, "date": rng.choice(days)})
        for origin, destination in (rng.choice(ROUTES) for _ in range(count))
    ]


def _searches(system: Aerosaga, queries: Sequence[str], what: str) -> list[list[str]]:
    rows = []
    for at_once in AT_ONCE:
        took = _search(system, queries, at_once)
        shown = " / ".join(f"{milliseconds:.0f}" for milliseconds in took.values())
        rows.append([f"offers {what}, {at_once} at a time: p50 / p95 / p99 ms", shown])
    return rows


def _search(system: Aerosaga, queries: Sequence[str], at_once: int) -> dict[str, float]:
    asked = [encode(host=system.host, port=system.port, method="GET", path=f"/offers?{query}") for query in queries]
    # The first ones open connections and fill MariaDB's buffers.
    run(asked[:20], host=system.host, port=system.port, connections=at_once, rate=None)
    sent = run(asked, host=system.host, port=system.port, connections=at_once, rate=None)
    found = [codec.loads(each.answer.body) for each in sent if each.answer.status == 200]
    if len(found) < len(sent) or not any(found):
        raise ValueError(f"{len(found)} of {len(sent)} searches were answered; the first said {sent[0].answer.body!r}")
    took = spread([(each.answered - each.due) * 1000 for each in sent])
    return {name: took[name] for name in ("p50", "p95", "p99")}


def _explained(system: Aerosaga, queries: Sequence[str]) -> list[Reading]:
    """Search in this process, as fare_svc does, and return how MariaDB finds the rows of each statement."""
    plans = Plans()
    with surroundings(fare_database_url=system.servers.urls.databases["fare"], offer_key=KEY), plans.listening():
        client = fare_app.web().test_client()
        for query in queries:
            client.get(f"/offers?{query}")
        return plans.readings()


def _line(reading: Reading) -> list[str]:
    return [reading.table, reading.index or "-", reading.access, str(reading.rows), f"`{reading.statement[:300]}`"]


if __name__ == "__main__":
    main()
