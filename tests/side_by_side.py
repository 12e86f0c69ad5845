"""
Every suite of `make test`, several side by side: each waits most of the time, for a hold to end or a process to start.

While they run, a line every half minute says how far each is. What a suite has to say follows in one piece when it has
ended. One that fails makes the whole fail, and Ctrl-C ends all of them.
"""

import argparse
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.suite import ROOT, Outcome, Running, Suite

#: Where the words of each suite are found while it runs, and afterwards.
LOGS = ROOT / ".run" / "tests"
POLL_SECONDS = 0.2
#: Of memory: what a suite with a whole system takes, and some for all else.
GIGABYTES_A_SUITE = 2.5

_PYTEST = (sys.executable, "-m", "pytest", "--durations=10")
# They start a system besides the one that their suite shares, which would take the memory of two: they have their own.
_EMBEDDED = ("tests/browser/test_embedded.py", "tests/integration/aerosaga")
# What the services stand on. Together with the services these took as long as all the others did side by side.
_GROUND = (
    *("tests/integration/bench", "tests/integration/common", "tests/integration/deploy", "tests/integration/gateway"),
    *("tests/integration/test_stopping.py", "tests/integration/test_worker_kill.py"),
)


def _tests(name: str, *paths: str, without: Sequence[str] = ()) -> Suite:
    return Suite(name, (*_PYTEST, *paths, *(f"--ignore={path}" for path in without)))


#: What tells soonest that something is wrong comes first, then those that take longest: the others fill the gaps.
SUITES = (
    Suite("static", ("make", "--no-print-directory", "static")),
    _tests("e2e", "tests/e2e"),
    _tests("ground", *_GROUND),
    _tests("integration", "tests/integration", without=(*_EMBEDDED, *_GROUND)),
    _tests("browser", "tests/browser", without=_EMBEDDED),
    _tests("unit", "tests/unit"),
    _tests("faults", "tests/reliability"),
    _tests("embedded", *_EMBEDDED),
)


@dataclass(kw_only=True)
class Lanes:
    """So many suites side by side, until all have ended; `say` prints lines, at once."""

    count: int
    logs: Path
    say: Callable[[str], None]
    status_seconds: float = 30.0
    interrupts: int = 0

    def interrupt(self, *_: object) -> None:
        """
        End what runs and begin nothing more; a handler of signals.

        Suites are ended as Ctrl-C ends one that runs alone, so that they stop their servers; the second time they are
        killed, and what they have started ends with them.
        """
        self.interrupts += 1

    def run(self, suites: Sequence[Suite]) -> list[Outcome]:
        """Run the suites and return what came of each that had begun, in the order in which they ended."""
        waiting, running, ended = list(suites), list[Running](), list[Outcome]()
        began = told_at = time.monotonic()
        heeded = 0
        while running or (waiting and not heeded):
            while waiting and not heeded and len(running) < self.count:
                suite = waiting.pop(0)
                running.append(Running(suite, log=self.logs / f"{suite.name}.log"))
            time.sleep(POLL_SECONDS)
            for one in [one for one in running if one.has_ended]:
                running.remove(one)
                ended.append(one.outcome())
                self.say(f"\n=== {ended[-1].headline()}\n{ended[-1].text}")
            if heeded < self.interrupts:
                heeded = self.interrupts
                self.say(f"interrupted: ending {', '.join(one.suite.name for one in running)}")
                for one in running:
                    one.signal(signal.SIGINT if heeded == 1 else signal.SIGKILL)
            if running and time.monotonic() - told_at >= self.status_seconds:
                told_at = time.monotonic()
                self.say(f"{_clock(told_at - began)}   " + "   ".join(one.status() for one in running))
        return ended


def verdict(outcomes: Sequence[Outcome], *, wanted: Sequence[Suite], seconds: float) -> tuple[str, bool]:
    """Return what is printed last, and whether every wanted suite ran and was fine."""
    by_name = {outcome.suite.name: outcome for outcome in outcomes}
    counts = sum((outcome.counts for outcome in outcomes), Counter[str]())
    total = ", ".join(f"{number} {what}" for what, number in sorted(counts.items())) or "no test ran"
    lines = [
        "\n=== all suites",
        *(
            by_name[suite.name].headline() if suite.name in by_name else f"{suite.name}: did not run"
            for suite in wanted
        ),
        # Once more: where they were said first may be far above.
        *(line for outcome in outcomes for line in outcome.failures),
        f"{total} in {seconds:.2f}s ({_clock(seconds)})",
    ]
    return "\n".join(lines), all(suite.name in by_name and by_name[suite.name].fine for suite in wanted)


def lanes_of_this_machine() -> int:
    """Return how many suites run side by side unless told otherwise: one more than processors, if there is memory."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return max(1, min((os.cpu_count() or 1) + 1, 3, int(memory / GIGABYTES_A_SUITE)))


def main() -> int:
    """Run the suites that the command line names, or all, and return the exit status."""
    names = [suite.name for suite in SUITES]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=lanes_of_this_machine(), help="how many suites run side by side")
    parser.add_argument("suites", nargs="*", metavar="SUITE", help=f"those to run instead of all: {', '.join(names)}")
    chosen = parser.parse_args()
    for unknown in set(chosen.suites) - set(names):
        parser.error(f"there is no suite {unknown!r}; there are {', '.join(names)}")
    wanted = [suite for suite in SUITES if suite.name in (chosen.suites or names)]
    LOGS.mkdir(parents=True, exist_ok=True)
    lanes = Lanes(count=max(1, chosen.jobs), logs=LOGS, say=_say)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lanes.interrupt)
    _say(f"{len(wanted)} suites, {lanes.count} side by side; what each says now is in {LOGS}")
    began = time.monotonic()
    outcomes = lanes.run(wanted)
    text, fine = verdict(outcomes, wanted=wanted, seconds=time.monotonic() - began)
    _say(text)
    return 0 if fine else 1


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"


def _say(words: str) -> None:
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
