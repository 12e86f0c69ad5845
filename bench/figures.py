"""How fast the machine is just now, and tables for people."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence


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
