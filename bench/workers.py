"""
One, two and four workers of booking_svc and of payment_svc, each with a CPU budget: do sagas a second follow?

    python -m bench.workers [--counts 1,2,4] [--budget 0.04] [--requests 300]

Starts the servers way on fresh data. Budgets are so small that the workers are what is scarce, and not the machine: it
stands for machines of their own. Invariants are judged at the end. It needs root, and control groups that limit CPU.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import click
from celery import Celery

from bench import measuring, processes
from bench.asking import plan
from bench.budgets import budget
from bench.figures import table
from bench.systems.aerosaga import Aerosaga
from deploy.errors import CannotStart
from deploy.programs import ROOT
from tests.reliability.faults.clones import clone, original
from tests.stack import wait

KINDS = ("booking-worker", "payment-worker")


@dataclass(frozen=True, kw_only=True)
class Seen:
    """
    What so many workers of each kind did: sagas a second, how much of their budgets they used, ms until half had ended.
    """

    workers: int
    sagas_a_second: float
    used: float
    end_to_end_p50: float


@click.command()
@click.option("--counts", default="1,2,4", show_default=True, help="Workers of each of the two services, in turns.")
@click.option("--budget", "cores", default=0.04, show_default=True, help="Of a core, for each worker.")
@click.option("--requests", default=300, show_default=True, help="Seats asked for with each count.")
@click.option("--clients", default=32, show_default=True, help="Connections at once.")
@click.option("--home", type=click.Path(path_type=Path), default=ROOT / ".run" / "bench", help="Data and logs.")
def main(counts: str, cores: float, requests: int, clients: int, home: Path) -> None:
    """Book with more and more workers, and say how many sagas end a second."""
    _try_a_budget(cores)
    system = Aerosaga(home)
    system.start()
    try:
        load = os.getloadavg()[0]
        seen: list[Seen] = []
        for turn, count in enumerate(map(int, counts.split(","))):
            click.echo(f"{count} of each", err=True)
            seen.append(_measure(system, count, cores=cores, requests=requests, clients=clients, turn=turn))
        system.settle()
        violations = system.violations()
    finally:
        system.stop()
    click.echo(told(seen))
    click.echo(f"\nbudget {cores:g} of a core each; load average before {load:.1f}; {len(violations)} violations")
    for violation in violations:
        click.echo(violation, err=True)
    if violations:
        raise SystemExit(1)


def told(seen: list[Seen]) -> str:
    """Return a table, each count beside the first."""
    first = seen[0].sagas_a_second
    return table(
        ["workers of each", "sagas/s", "times the first", "of their budgets used", "end to end p50 ms"],
        [
            [
                str(each.workers),
                f"{each.sagas_a_second:.1f}",
                f"{each.sagas_a_second / first:.2f}",
                f"{each.used:.0%}",
                f"{each.end_to_end_p50:,.0f}",
            ]
            for each in seen
        ],
    )


def _measure(system: Aerosaga, count: int, *, cores: float, requests: int, clients: int, turn: int) -> Seen:
    with _workers(system, count) as pids, ExitStack() as budgets:
        for pid in pids:
            budgets.enter_context(budget(pid, cores=cores))
        before = processes.cpu_seconds(pids)
        asks = plan(requests, first=turn * requests, seed=turn)
        phase = measuring.measure(system, asks, connections=clients, rate=None)
        used = processes.cpu_seconds(pids) - before
    took = (phase.confirmed + phase.failed) / phase.sagas_per_second
    return Seen(
        workers=count,
        sagas_a_second=phase.sagas_per_second,
        used=used / (took * cores * len(pids)),
        end_to_end_p50=phase.end_to_end.get("p50", 0.0),
    )


@contextmanager
def _workers(system: Aerosaga, count: int) -> Iterator[list[int]]:
    """Yield the ids of so many workers of each kind that take commands: the supervised one, and clones of it."""
    with ExitStack() as clones:
        roots = system.roots()
        pids = [roots[kind] for kind in KINDS]
        for kind in KINDS:
            for number in range(2, count + 1):
                place = system.run_dir / "log"
                one_more = clone(original(system.run_dir, kind), name=f"{kind}-{number}", log_dir=place)
                pids.append(clones.enter_context(one_more))
        with Celery(broker=system.servers.urls.broker) as app:
            # Plain JSON, which is what the nodes take of remote control.
            wait(lambda: _answering(app) == count * len(KINDS), what="every worker to take commands", seconds=300)
        yield pids


def _answering(app: Celery) -> int:
    return sum(name.startswith(KINDS) for name in app.control.inspect(timeout=3).ping() or ())


def _try_a_budget(cores: float) -> None:
    """
    Limit ourselves for a moment.

    :raises click.ClickException: if that cannot be done, before anything is started
    """
    try:
        with budget(os.getpid(), cores=max(cores, 0.5)):
            pass
    except CannotStart as error:
        raise click.ClickException(str(error)) from error


if __name__ == "__main__":
    main()
