"""Numbers for people: how fast the machine is just now, percentiles, and tables."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

PERCENTILES = (50, 95, 99)


def calibrate() -> float:
    """Return the CPU ms of a fixed piece of Python: how fast this machine is just now."""
    best = float("inf")
    for _ in range(3):
        began, total = time.process_time(), 0
        for number in range(1_000_000):
            total += number
        best = min(best, time.process_time() - began)
    return round(best * 1000, 1)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def percentile(values: Sequence[float], percent: float) -> float | None:
    """Return a percentile, between the two nearest values in proportion; None of nothing."""
    if not values:
        return None
    ordered = sorted(values)
    place = (len(ordered) - 1) * percent / 100
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def spread(values: Sequence[float]) -> dict[str, float]:
    """Return p50, p95, p99 and max; nothing of nothing."""
    if not values:
        return {}
    found = {f"p{percent}": percentile(values, percent) or 0.0 for percent in PERCENTILES}
    return {name: round(value, 3) for name, value in {**found, "max": max(values)}.items()}
