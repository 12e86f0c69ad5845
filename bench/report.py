"""The figures as tables: one line a system, medians of the rounds."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from bench.figures import table
from bench.systems import OUTSIDE

Phase = Mapping[str, Any]
# Less than this much CPU a saga, in ms, is not worth a line.
LEAST_CPU = 0.01


def render(result: Mapping[str, Any]) -> str:
    """Return what a result file says, as Markdown."""
    phases: Sequence[Phase] = result["phases"]
    machine = result["machine"]
    where = f"{machine['system']}, {machine['cores']} cores, load average at the beginning {machine['load'][0]:.1f}"
    parts = [f"{result['at']}, commit {result['commit']}, {where}"]
    for load in _unique(phases, "load"):
        mine = [phase for phase in phases if phase["load"] == load]
        parts += [_headline(load, mine), _by_group(load, mine)]
    parts.append(_idle(result["idle"]))
    parts.append("\n".join(f"{system}: {_pairs(said)}" for system, said in result["versions"].items()))
    return "\n\n".join(parts)


def cpu_by_group(phase: Phase) -> dict[str, float]:
    """Return CPU ms a saga by what it went into, the outside's too."""
    spent: dict[str, float] = defaultdict(float)
    for process, used in phase["cpu_by"].items():
        spent[phase["groups"].get(process, process)] += used
    return dict(spent)


def cpu(phase: Phase) -> float:
    """Return CPU ms a saga of the system itself, until it was at rest."""
    return sum(used for group, used in cpu_by_group(phase).items() if group != OUTSIDE)


def median(values: Iterable[object], *, digits: int = 1) -> str:
    """Return the median of those that are numbers, as people read it; a dash if there are none."""
    known = [float(value) for value in values if isinstance(value, int | float)]
    return f"{statistics.median(known):,.{digits}f}" if known else "-"


def _headline(load: str, phases: Sequence[Phase]) -> str:
    columns: dict[str, Callable[[Phase], object]] = {
        "sagas/s": lambda phase: phase["sagas_per_second"],
        "answers/s": lambda phase: phase["requests_per_second"],
        "told to come again": lambda phase: phase["refusals"],
        "CPU ms/saga": cpu,
        "commits/saga": lambda phase: phase["counted"].get("commits"),
        "fsyncs/saga": lambda phase: phase["counted"].get("fsyncs"),
        "end to end p50 ms": lambda phase: phase["end_to_end"].get("p50"),
        "p99 ms": lambda phase: phase["end_to_end"].get("p99"),
        "answer p50 ms": lambda phase: phase["answer"].get("p50"),
        "outbox lag p99 ms": lambda phase: phase["outbox_lag"].get("p99"),
        "memory MB": lambda phase: phase["pss_mb"],
        "calibration ms": lambda phase: statistics.mean(phase["calibration"]),
        "load average": lambda phase: phase["surroundings"]["load"][0],
    }
    rows = []
    for system in _unique(phases, "system"):
        mine = [phase for phase in phases if phase["system"] == system]
        violations = sum(len(phase["violations"]) for phase in mine)
        medians = [median(map(column, mine)) for column in columns.values()]
        rows.append([system, str(len(mine)), *medians, str(violations)])
    return f"**{load}** (medians)\n\n" + table(["system", "rounds", *columns, "violations"], rows)


def _by_group(load: str, phases: Sequence[Phase]) -> str:
    rows = []
    for system in _unique(phases, "system"):
        rounds = [cpu_by_group(phase) for phase in phases if phase["system"] == system]
        groups = {group for each in rounds for group in each}
        medians = {group: statistics.median(each.get(group, 0.0) for each in rounds) for group in groups}
        shown = {group: used for group, used in medians.items() if used >= LEAST_CPU}
        named = ", ".join(f"{group} {used:.2f}" for group, used in sorted(shown.items(), key=lambda item: -item[1]))
        ended = median(phase["cpu_until_ended"] for phase in phases if phase["system"] == system)
        counted = [phase["counted"] for phase in phases if phase["system"] == system]
        numbers = ", ".join(f"{name} {median(each.get(name) for each in counted)}" for name in counted[0])
        rows.append([system, named, ended, numbers])
    head = ["system", f"CPU ms a saga, {load}", "until the last end, the outside too", "counted a saga"]
    return table(head, rows)


def _idle(idle: Mapping[str, Sequence[Mapping[str, float]]]) -> str:
    rows = []
    for system, rounds in idle.items():
        busiest = sorted(rounds[0].items(), key=lambda item: -item[1])[:6]
        shown = ", ".join(f"{name} {used:.1f}" for name, used in busiest)
        rows.append([system, median(sum(each.values()) for each in rounds), shown])
    return "**idle, % of a core**\n\n" + table(["system", "all", "the busiest"], rows)


def _pairs(said: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {value}" for name, value in said.items())


def _unique(phases: Sequence[Phase], field: str) -> list[str]:
    return list(dict.fromkeys(phase[field] for phase in phases))
