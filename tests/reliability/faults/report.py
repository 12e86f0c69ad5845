"""A fault run as people and machines read it: a line for each chapter, what was wrong, and how to repeat it."""

import json
import subprocess
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aerosaga.invariants import render as render_judgements
from aerosaga.invariants.judging import Verdict
from tests.reliability.faults import schedule
from tests.reliability.faults.chapter import Outcome
from tests.reliability.faults.scorecard.figure import Figure


@dataclass(frozen=True, kw_only=True)
class Run:
    """A whole run: its chapters or figures, the words that repeat it, and the commit that it began with."""

    seed: int
    commit: str
    words: str
    began: datetime
    outcomes: Sequence[Outcome] = ()
    figures: Sequence[Figure] = ()

    @property
    def verdict(self) -> Verdict:
        """One that failed fails it; without any nothing is known."""
        verdicts = {each.verdict for each in (*self.outcomes, *self.figures)}
        return "fail" if "fail" in verdicts else "pass" if verdicts == {"pass"} else "unknown"


def chapter_lines(outcome: Outcome) -> list[str]:
    """Return a chapter in one line, and what is to be said about it in more."""
    fired = ", ".join(f"{kind} {count}" for kind, count in sorted(outcome.fired.items())) or "no fault"
    head = (
        f"{outcome.verdict:<8}{outcome.title:<18} {fired}; {outcome.acknowledged} acknowledged; first OK "
        f"{_seconds(outcome.first_ok_seconds)}, quiet {_seconds(outcome.quiet_seconds)} after the heal; "
        f"{len(outcome.violations)} violations, {outcome.repeated} commands repeated so far"
    )
    return [head, *(f"        {each}" for each in outcome.said())]


def write(place: Path, run: Run) -> None:
    """Write report.txt and report.json into a directory."""
    place.mkdir(parents=True, exist_ok=True)
    (place / "report.txt").write_text(text(run))
    (place / "report.json").write_text(json.dumps(as_json(run), indent=2) + "\n")


def text(run: Run) -> str:
    """Return the whole report."""
    fired: Counter[str] = sum((outcome.fired for outcome in run.outcomes), Counter())
    parts = [
        f"fault run: {run.verdict}",
        f"began {run.began.isoformat(timespec='seconds')}, commit {run.commit}, seed {run.seed}",
        f"again with: {run.words}",
        "faults: " + ", ".join(f"{kind} {count}" for kind, count in sorted(fired.items())),
        "",
        *(part for outcome in run.outcomes for part in chapter_lines(outcome)),
        *(part for figure in run.figures for part in figure.lines()),
        "",
    ]
    if run.outcomes:
        parts += ["after the last chapter:", render_judgements(run.outcomes[-1].judgements), ""]
    for outcome in run.outcomes:
        parts += [f"schedule of {outcome.title}:", schedule.render(outcome.schedule), ""]
    return "\n".join(parts)


def as_json(run: Run) -> dict[str, Any]:
    """Return the run as plain values."""
    return {
        "verdict": run.verdict,
        "began": run.began.isoformat(),
        "ended": datetime.now(UTC).isoformat(),
        "commit": run.commit,
        "seed": run.seed,
        "again": run.words,
        "chapters": [
            {
                "title": outcome.title,
                "verdict": outcome.verdict,
                "schedule": [strike.as_json() for strike in outcome.schedule],
                "fired": dict(outcome.fired),
                "undone": list(outcome.undone),
                "acknowledged": outcome.acknowledged,
                "statuses": dict(outcome.statuses),
                "errands": dict(outcome.errands),
                "troubles": list(outcome.troubles),
                "first_ok_seconds": outcome.first_ok_seconds,
                "quiet_seconds": outcome.quiet_seconds,
                "missing": list(outcome.missing),
                "moving": dict(outcome.moving),
                "violations": list(outcome.violations),
                "too_little": outcome.too_little,
                "commands_repeated": outcome.repeated,
            }
            for outcome in run.outcomes
        ],
        "figures": [figure.as_json() for figure in run.figures],
    }


def commit() -> str:
    """Return the short name of the commit that is here now, marked if the files differ from it."""
    asked = ["git", "describe", "--always", "--dirty"]
    said = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
    return said or "unknown"


def _seconds(seconds: float | None) -> str:
    return "never" if seconds is None else f"{seconds:.1f} s"
