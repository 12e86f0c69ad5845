"""
Draws a result file of `make bench`: throughput, latency, CPU by what it went into, and what waited over time.

    <the peers' python> bench/plots.py result.json

Run by `python -m bench` in the peers' environment, because only there is matplotlib; it imports nothing of ours.
"""

from __future__ import annotations

import json
import statistics
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")

from matplotlib import pyplot

Phase = dict[str, Any]
# Told apart by those who see no colours, too.
COLOURS = {"aerosaga": "#0072b2", "dbos": "#d55e00", "restate": "#009e73"}
SIZE = (9.0, 4.5)
# So many queues and outboxes are told apart; the rest waits together.
SHOWN = 6


def main(path: Path) -> None:
    """Write the four pictures beside the result."""
    phases: list[Phase] = json.loads(path.read_text())["phases"]
    closed = [phase for phase in phases if phase["load"].endswith("clients")]
    throughput(closed, path.with_name("throughput.png"))
    latency(phases, path.with_name("latency.png"))
    cpu(closed, path.with_name("cpu.png"))
    waiting(closed, path.with_name("waiting.png"))


def throughput(phases: list[Phase], path: Path) -> None:
    """Sagas that have ended, over time, one line a round."""
    figure, axes = pyplot.subplots(figsize=SIZE)
    for system, rounds in by(phases, "system").items():
        for number, phase in enumerate(rounds):
            label = f"{system}: {median(rounds, 'sagas_per_second'):.0f} sagas/s" if number == 0 else None
            axes.plot(
                phase["ends"], range(1, len(phase["ends"]) + 1), color=COLOURS.get(system), label=label, alpha=0.7
            )
    axes.set(xlabel="seconds since the first request", ylabel="sagas ended", title="Throughput")
    axes.set_xscale("log")
    save(figure, axes, path)


def latency(phases: list[Phase], path: Path) -> None:
    """The share of sagas that had ended after so many ms, all rounds together, a panel a load."""
    loads = by(phases, "load")
    figure, panels = pyplot.subplots(1, len(loads), figsize=(SIZE[0], SIZE[1]), squeeze=False, sharey=True)
    for axes, (load, some) in zip(panels[0], loads.items(), strict=True):
        for system, rounds in by(some, "system").items():
            times = sorted(each for phase in rounds for each in phase["latencies"])
            shares = [(number + 1) / len(times) for number in range(len(times))]
            axes.plot(times, shares, color=COLOURS.get(system), label=system)
        axes.set(xscale="log", xlabel="ms from the request to its saga's end", ylabel="share", title=load)
        axes.grid(alpha=0.3)
        axes.legend()
    figure.tight_layout()
    figure.savefig(path, dpi=120)


def cpu(phases: list[Phase], path: Path) -> None:
    """CPU a saga by what it went into, medians, one bar a system."""
    figure, axes = pyplot.subplots(figsize=SIZE)
    for place, (system, rounds) in enumerate(by(phases, "system").items()):
        groups: dict[str, list[float]] = defaultdict(list)
        for phase in rounds:
            spent: dict[str, float] = defaultdict(float)
            for process, used in phase["cpu_by"].items():
                spent[phase["groups"].get(process, process)] += used
            for group, used in spent.items():
                groups[group].append(used)
        left = 0.0
        for group, values in sorted(groups.items(), key=lambda item: -sum(item[1])):
            used = statistics.median(values)
            axes.barh(place, used, left=left, edgecolor="white", label=f"{system}: {group} {used:.1f}")
            left += used
        axes.text(left, place, f" {left:.1f}", va="center")
    axes.margins(x=0.1)
    axes.set_yticks(range(len(by(phases, "system"))), list(by(phases, "system")))
    axes.set(xlabel="CPU ms a saga", title="CPU by what it went into")
    axes.legend(fontsize=6, loc="center left", bbox_to_anchor=(1.0, 0.5))
    figure.tight_layout()
    figure.savefig(path, dpi=120)


def waiting(phases: list[Phase], path: Path) -> None:
    """What waited in queues and outboxes, and how old events were when they were published, in the last round."""
    found = [phase for phase in phases if phase["lags"]]
    if not found:
        return
    phase = found[-1]
    figure, (depths, lags) = pyplot.subplots(2, 1, figsize=(SIZE[0], SIZE[1] * 1.5), sharex=True)
    places = {place for each in phase["series"] for place in each["waiting"]}
    most = sorted(places, key=lambda place: -sum(each["waiting"].get(place, 0) for each in phase["series"]))
    seconds = [each["seconds"] for each in phase["series"]]
    for place in most[:SHOWN]:
        depths.plot(seconds, [each["waiting"].get(place, 0) for each in phase["series"]], label=place)
    depths.set(ylabel="waiting", title=f"{phase['system']}: what waits where")
    depths.grid(alpha=0.3)
    depths.legend(fontsize=7)
    lags.plot([at for at, _ in phase["lags"]], [ms for _, ms in phase["lags"]], color=COLOURS.get(phase["system"]))
    lags.set(yscale="log", ylabel="longest outbox lag, ms", xlabel="seconds since the first request")
    lags.grid(alpha=0.3)
    figure.tight_layout()
    figure.savefig(path, dpi=120)


def by(phases: list[Phase], field: str) -> dict[str, list[Phase]]:
    """Return the phases by one of their fields, in the order of their first ones."""
    found: dict[str, list[Phase]] = defaultdict(list)
    for phase in phases:
        found[phase[field]].append(phase)
    return dict(found)


def median(phases: list[Phase], field: str) -> float:
    """Return the median of a figure."""
    return statistics.median(float(phase[field]) for phase in phases)


def save(figure: Any, axes: Any, path: Path) -> None:
    """Write one picture of one panel."""
    axes.grid(alpha=0.3)
    axes.legend()
    figure.tight_layout()
    figure.savefig(path, dpi=120)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
