"""
The scale model is checked: a simulation is held against what was measured, and then asked what the model says.

    python -m bench.simulate .run/bench/<time>/result.json [--rate 10000] [--seconds 5]

Its inputs are the CPU of each process a booking, as a result of `make bench` has it, and how many processes there were.
"""

from __future__ import annotations

import json
import math
import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from bench.figures import table
from bench.pipeline import SHARED, Booked, Pipeline, closed, steady
from bench.programs import group
from bench.queueing import erlang_c
from bench.report import Phase, cpu
from bench.scale import BUSY, CORES_OF_A_DATABASE
from bench.systems import OUTSIDE

# Of the servers way: a web has two processes, everything else one.
WEB_PROCESSES = 2
CORES = 2
#: What is compared: of a phase as it was measured, and of the simulation.
COMPARED = ("answers/s", "sagas/s", "answer p50 ms", "end to end p50 ms", "end to end p99 ms")


def check(phase: Phase, *, clients: int, rng: random.Random) -> list[tuple[str, float, float]]:
    """Simulate a phase on the machine it was measured on; return (what, measured, simulated)."""
    servers = {name: WEB_PROCESSES for name in phase["cpu_by"] if name.endswith("-web")} | dict.fromkeys(SHARED, 64)
    spent = {name: used / 1000 for name, used in phase["cpu_by"].items()}
    # The driver and the rest of the machine share its cores, too.
    spent["the machine"] = max(0.0, phase["machine_cpu"] / 1000 - sum(spent.values()))
    pipeline = Pipeline(spent, servers=servers, cores=CORES, rng=rng)
    if phase["load"].endswith("/s"):
        booked = steady(pipeline, rate=float(phase["load"].removesuffix("/s")), requests=phase["requests"])
    else:
        booked = closed(pipeline, clients=clients, requests=phase["requests"])
    measured = (
        phase["requests_per_second"],
        phase["sagas_per_second"],
        phase["answer"]["p50"],
        phase["end_to_end"]["p50"],
        phase["end_to_end"]["p99"],
    )
    return list(zip(COMPARED, measured, _seen(booked), strict=True))


def _seen(booked: Booked) -> tuple[float, ...]:
    return (
        booked.requests_a_second,
        booked.sagas_a_second,
        booked.answer_ms(50),
        booked.saga_ms(50),
        booked.saga_ms(99),
    )


def sized(phase: Phase, *, rate: float, busy: float = BUSY) -> dict[str, int]:
    """Return how many of each process (or cores of a server) it takes for none to be busier than that."""
    return {name: max(1, math.ceil(used / 1000 * rate / busy)) for name, used in phase["cpu_by"].items()}


def at_scale(phase: Phase, *, rate: float, seconds: float, rng: random.Random) -> tuple[Pipeline, Booked]:
    """Simulate that many bookings a second, at random moments, on as many processes as the model says."""
    spent = {name: used / 1000 for name, used in phase["cpu_by"].items()}
    pipeline = Pipeline(spent, servers=sized(phase, rate=rate), cores=math.inf, rng=rng)
    booked = steady(pipeline, rate=rate, requests=round(rate * seconds), gap=rng.expovariate)
    return pipeline, booked


def side_by_side(phase: Phase, pipeline: Pipeline, *, rate: float, seconds: float) -> list[list[str]]:
    """Return a line for each kind of process: what the model says, and what the simulation shows."""
    rows = []
    for name, number in sorted(sized(phase, rate=rate).items(), key=lambda each: -each[1]):
        station = pipeline.stations.get(name)
        if station is None or group(name) == OUTSIDE:
            continue
        load = phase["cpu_by"][name] / 1000 * rate
        chance = erlang_c(servers=number, load=load)
        waited = sum(wait > 0 for wait in station.waits) / len(station.waits)
        rows.append(
            [
                name,
                str(number),
                f"{load / number:.0%}",
                f"{station.utilisation(seconds):.0%}",
                f"{chance:.2%}",
                f"{waited:.2%}",
            ]
        )
    return rows


def limits(phase: Phase) -> list[tuple[str, float]]:
    """Return what there is only one of, and with how many bookings a second it is as busy as it may be; first first."""
    carries = {"redis: one thread": 1, f"mariadb: one server of {CORES_OF_A_DATABASE} cores": CORES_OF_A_DATABASE}
    found = [(what, cores * BUSY * 1000 / phase["cpu_by"][what.partition(":")[0]]) for what, cores in carries.items()]
    return sorted(found, key=lambda each: each[1])


def told_check(phases: Sequence[Phase], *, clients: int, rng: random.Random) -> str:
    """Return the comparison of each phase as a table."""
    rows = []
    for phase in phases:
        for what, measured, simulated in check(phase, clients=clients, rng=rng):
            off = f"{simulated / measured - 1:+.0%}"
            rows.append([phase["load"], what, f"{measured:,.1f}", f"{simulated:,.1f}", off])
    return table(["load", "", "measured", "simulated", "off by"], rows)


@click.command()
@click.argument("result", type=click.Path(path_type=Path, exists=True))
@click.option("--rate", default=10_000.0, show_default=True, help="Bookings a second.")
@click.option("--seconds", default=3.0, show_default=True, help="How long they come.")
@click.option("--seed", default=7, show_default=True, help="Of what is drawn at random.")
def main(result: Path, rate: float, seconds: float, seed: int) -> None:
    """Hold a simulation against the points of a result, then let it say what a rate takes."""
    read: Mapping[str, Any] = json.loads(result.read_text())
    phases = [each for each in read["phases"] if each["system"] == "aerosaga"]
    click.echo(f"{read['at']}, commit {read['commit']}\n")
    click.echo(told_check(phases, clients=read["settings"]["clients"], rng=random.Random(seed)))
    base = min(phases, key=cpu)
    pipeline, booked = at_scale(base, rate=rate, seconds=seconds, rng=random.Random(seed))
    head = ["process, or core of a server", "how many", "busy: model", "simulated", "has to wait: Erlang", "simulated"]
    click.echo(f"\n{rate:,.0f} bookings/s, {cpu(base):.0f} ms of CPU each\n")
    click.echo(table(head, side_by_side(base, pipeline, rate=rate, seconds=seconds)) + "\n")
    for what, most in limits(base):
        click.echo(f"{what} carries {most:,.0f} bookings/s")
    click.echo(
        f"\nanswer p50, p99: {booked.answer_ms(50):.0f}, {booked.answer_ms(99):.0f} ms; "
        f"end to end p50, p99: {booked.saga_ms(50):.0f}, {booked.saga_ms(99):.0f} ms"
    )


if __name__ == "__main__":
    main()
