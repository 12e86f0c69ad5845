"""Runs the comparison: interleaved rounds on fresh data, a table, plots, and a JSON file with every figure."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from bench import measuring, processes, report
from bench.asking import Ask, plan
from bench.peers_home import PeersHome
from bench.systems import System
from bench.systems.aerosaga import Aerosaga
from bench.systems.peers import Dbos, Restate
from deploy.programs import ROOT

HOME = ROOT / ".run" / "bench"
PLOTS = Path(__file__).with_name("plots.py")
SYSTEMS: dict[str, Callable[[Path], System]] = {"aerosaga": Aerosaga, "dbos": Dbos, "restate": Restate}
WARM_UP = 300
IDLE_SECONDS = 10.0


@click.command()
@click.option("--systems", default="aerosaga,dbos,restate", show_default=True, help="Which, with commas between them.")
@click.option("--rounds", default=3, show_default=True, help="How often each; medians are shown.")
@click.option("--requests", default=3000, show_default=True, help="Seats asked for in the closed loop.")
@click.option("--clients", default=32, show_default=True, help="Connections at once.")
@click.option("--rate", default=50.0, show_default=True, help="Requests a second of the second phase; 0: none.")
@click.option("--seconds", default=20.0, show_default=True, help="How long the second phase sends.")
@click.option("--warm-up", default=WARM_UP, show_default=True, help="Seats asked for before anything is measured.")
@click.option("--home", type=click.Path(path_type=Path), default=HOME, show_default=True, help="Data, logs, results.")
@click.option("--report", "shown", type=click.Path(path_type=Path), help="Only show this result file again.")
def main(
    systems: str,
    rounds: int,
    requests: int,
    clients: int,
    rate: float,
    seconds: float,
    warm_up: int,
    home: Path,
    shown: Path | None,
) -> None:
    """Book the same seats with the same cards on each system, and compare."""
    peers = PeersHome(home)
    peers.install(with_restate=shown is None and "restate" in systems.split(","))
    if shown is None:
        shown = home / time.strftime("%Y%m%d-%H%M%S", time.gmtime()) / "result.json"
        shown.parent.mkdir(parents=True)
        first = plan(warm_up, first=0, seed=1)
        plans: list[tuple[Sequence[Ask], float | None]] = [(plan(requests, first=warm_up, seed=7), None)]
        if rate:
            plans.append((plan(round(rate * seconds), first=warm_up + requests, seed=8), rate))
        result: dict[str, Any] = {
            "at": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
            "commit": _commit(),
            "machine": {"system": platform.platform(), "python": platform.python_version(), **measuring.surroundings()},
            "settings": {"requests": requests, "clients": clients, "rate": rate, "seconds": seconds},
            "versions": {},
            "idle": {},
            "phases": [],
        }
        for turn in range(rounds):
            for name in systems.split(","):
                click.echo(f"round {turn + 1} of {rounds}: {name}", err=True)
                _round(SYSTEMS[name](home), result, warm_up=first, plans=plans, clients=clients)
                # After each, so that what was measured is kept whatever comes.
                shown.write_text(json.dumps(result) + "\n")
    result = json.loads(shown.read_text())
    text = report.render(result)
    shown.with_name("report.md").write_text(text + "\n")
    # Only there is what draws.
    subprocess.run(
        [str(peers.python), str(PLOTS), str(shown)], env=os.environ | {"MPLCONFIGDIR": str(home)}, check=True
    )
    click.echo(text)
    click.echo(f"\nall figures, and plots: {shown.parent}", err=True)
    if any(phase["violations"] for phase in result["phases"]):
        raise SystemExit(1)


def _round(
    system: System,
    result: dict[str, Any],
    *,
    warm_up: Sequence[Ask],
    plans: Sequence[tuple[Sequence[Ask], float | None]],
    clients: int,
) -> None:
    system.start()
    try:
        result["versions"][system.name] = dict(system.versions())
        _say(measuring.measure(system, warm_up, connections=clients, rate=None), "warm-up")
        result["idle"].setdefault(system.name, []).append(processes.busy_percent(system.roots(), seconds=IDLE_SECONDS))
        for asks, rate in plans:
            before = measuring.surroundings()
            phase = measuring.measure(system, asks, connections=clients, rate=rate)
            _say(phase, phase.load)
            result["phases"].append(asdict(phase) | {"at": time.time(), "surroundings": before})
        # Of everything that was booked, since that takes longer than the phases themselves.
        system.settle()
        violations = system.violations()
        result["phases"][-1]["violations"] += violations
        click.echo(f"  invariants: {len(violations)} violations {violations[:3] or ''}", err=True)
    finally:
        system.stop()


def _say(phase: measuring.Phase, what: str) -> None:
    click.echo(
        f"  {what}: {phase.sagas_per_second:.1f} sagas/s, {sum(phase.cpu_by.values()):.1f} ms CPU a saga, end to end "
        f"p50 {phase.end_to_end.get('p50', 0.0):.0f} ms, {len(phase.violations)} violations",
        err=True,
    )
    for violation in phase.violations[:3]:
        click.echo(f"    {violation}", err=True)


def _commit() -> str:
    said: Sequence[str] = ("git", "-C", str(ROOT), "describe", "--always", "--dirty")
    return subprocess.run(said, capture_output=True, text=True, check=False).stdout.strip() or "unknown"


if __name__ == "__main__":
    main()
