"""A suite of tests or checks as a process: how far it is while it runs, and what came of it."""

import os
import re
import subprocess
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from signal import Signals

from deploy.daemon import tethered

ROOT = Path(__file__).resolve().parents[1]

# What pytest prints while it goes on, a letter for each test, and at its end.
_PROGRESS = re.compile(r"^(?P<letters>[.FEsxX]*) +\[ *(?P<percent>\d+)%\]$")
_LAST_LINE = re.compile(r"^(=+ )?(?P<counts>\d+ [a-z]+(, \d+ [a-z]+)*) in [\d.]+s\b")
_FAILURE = re.compile(r"^(FAILED|ERROR) tests/")


@dataclass(frozen=True)
class Suite:
    """A name, and the command that runs it from the top of the repository."""

    name: str
    command: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """
    What came of a suite.

    `text` is what it said, without the lines that told how far it was; `counts` how many tests passed, failed and so
    on; `failures` the lines that name those that failed.
    """

    suite: Suite
    fine: bool
    seconds: float
    text: str
    counts: Counter[str]
    failures: list[str]

    def headline(self) -> str:
        """Return the outcome in a line."""
        counts = "".join(f", {number} {what}" for what, number in self.counts.items())
        return f"{self.suite.name}: {'passed' if self.fine else 'FAILED'} after {self.seconds:.0f} s{counts}"


class Running:
    """
    A suite that runs; what it says goes to `log`, for whoever cannot wait until it has ended.

    To be started by the main thread: when the thread that started it ends, so does the suite.
    """

    def __init__(self, suite: Suite, *, log: Path) -> None:
        self.suite = suite
        self._log = log
        self._began = time.monotonic()
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                tethered(os.getpid(), suite.command),
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                # A group of its own, so that it is we who say when it is interrupted, and all of it is.
                process_group=0,
            )

    @property
    def has_ended(self) -> bool:
        return self._process.poll() is not None

    def status(self) -> str:
        """Return how far it is, in some words."""
        told = [progress for progress in map(_PROGRESS.match, self._lines()) if progress]
        failed = sum(letter in "FE" for progress in told for letter in progress["letters"])
        percent = f"{told[-1]['percent']}%" if told else "..."
        return f"{self.suite.name} {percent}" + (f", {failed} failed" if failed else "")

    def signal(self, number: Signals) -> None:
        """Send a signal to the suite and to all that it has started in its own group."""
        if not self.has_ended:
            os.killpg(self._process.pid, number)

    def outcome(self) -> Outcome:
        """Return what came of it; waits for its end."""
        fine = self._process.wait() == 0
        lines = self._lines()
        return Outcome(
            suite=self.suite,
            fine=fine,
            seconds=time.monotonic() - self._began,
            text="\n".join(line for line in lines if not _PROGRESS.match(line)),
            counts=_counts(lines),
            failures=[line for line in lines if _FAILURE.match(line)],
        )

    def _lines(self) -> list[str]:
        return self._log.read_text("utf-8", "replace").splitlines()


def _counts(lines: list[str]) -> Counter[str]:
    for line in reversed(lines):
        last = _LAST_LINE.match(line)
        if last:
            pairs = (each.split() for each in last["counts"].split(", "))
            return Counter({what.removesuffix("s"): int(number) for number, what in pairs})
    return Counter()
