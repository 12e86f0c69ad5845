"""One figure of the scorecard: what was reached of what was tried, and what the whole size would have been."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from aerosaga.invariants.judging import Verdict
from tests.reliability.faults.chapter import Story

Measure = Callable[[Story, int, Random], "Figure"]


@dataclass(frozen=True, kw_only=True)
class Figure:
    """
    `reached` of `tried` went as they must; `size` is how many the scorecard asks for.

    `problems` are sentences about what did not, or what the judgement found; `too_little` about what would have had to
    happen for the figure to say anything; `notes` are figures beside it.
    """

    name: str
    promise: str
    reached: int
    tried: int
    size: int
    problems: Sequence[str]
    too_little: Sequence[str] = ()
    notes: Sequence[str] = ()
    table: Sequence[dict[str, Any]] = ()

    @property
    def verdict(self) -> Verdict:
        """Nothing tried, or nothing in its way, says nothing."""
        if self.problems or self.reached < self.tried:
            return "fail"
        return "pass" if self.tried and not self.too_little else "unknown"

    def lines(self) -> list[str]:
        """What a reader of the scorecard sees; a smaller size is said so."""
        of = "" if self.tried >= self.size else f" (a full run has {self.size:,})"
        head = f"{self.verdict:<8}{self.name:<4} {self.reached:,} of {self.tried:,}{of}   {self.promise}"
        more = [
            *self.notes,
            *(f"wrong: {problem}" for problem in self.problems[:5]),
            *(f"too little: {lack}" for lack in self.too_little),
        ]
        return [head, *(f"             {line}" for line in more)]

    def as_json(self) -> dict[str, Any]:
        """The figure as plain values."""
        return {
            "name": self.name,
            "promise": self.promise,
            "verdict": self.verdict,
            "reached": self.reached,
            "tried": self.tried,
            "size": self.size,
            "problems": list(self.problems),
            "too_little": list(self.too_little),
            "notes": list(self.notes),
            "table": list(self.table),
        }
