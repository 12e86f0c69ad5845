"""
Overload: offers the running system ten times what it can carry, and sees what it still does in time.

    python -m tests.reliability.overload [--seconds 15] [--start 8] [--patience 1]

Starts the servers way; raises the load until what is answered in time no longer grows (the knee); offers 1, 2, 5 and
10 times that; lets the bank be slow and a consumer late; judges what is left by every invariant. Exit status: 0 passed,
1 failed, 2 unknown: the client itself came too late for what it saw to say anything of the system.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from aerosaga.invariants import Operation, judge, render
from aerosaga.invariants.judging import Verdict
from deploy.supervise import Supervisor
from tests.reliability.overload import bulkheads, memory
from tests.reliability.overload.rounds import ACCEPTED_SECONDS, CONFIRMED_SECONDS, SEARCH_SECONDS, TITLES, Round
from tests.reliability.overload.traffic import BOOK, Traffic
from tests.reliability.rest import Rest
from tests.reliability.traveller import Traveller
from tests.stack import Stack, running

FACTORS = (1, 2, 5, 10)
# What must be left of the knee's goodput at ten times its load.
LEAST = 0.8
# The load grows by so much from step to step, until less than so large a share of it is done in time and a step more
# does not help by a tenth.
GROWTH, KEEPS_UP, GAIN, STEPS = 1.6, 0.8, 1.1, 12
REST_SECONDS = 120.0
# A client that asks later than this takes more from goodput by itself than a part of it.
MOST_BEHIND = 0.2
STATUS: dict[Verdict, int] = {"pass": 0, "fail": 1, "unknown": 2}
# All come from one address here, so what one address may do is not what is measured; what all together may do is.
ENVIRONMENT = {
    "AEROSAGA_RATE_LIMIT": "0",
    "AEROSAGA_CALLER_RATE_LIMIT": "0",
    "AEROSAGA_RESERVATION_RATE_LIMIT": "0",
    "AEROSAGA_CONNECTION_LIMIT": "0",
    "AEROSAGA_BANK_SLOW_SECONDS": str(bulkheads.BANK_SECONDS),
}


class Overload:
    """Loads one running system, and remembers what it was answered."""

    def __init__(self, stack: Stack, rest: Rest, supervisor: Supervisor, *, seconds: float, patience: float) -> None:
        self.stack = stack
        self.rest = rest
        self.supervisor = supervisor
        self.traffic = Traffic(stack)
        self.history: list[Operation] = []
        self._seconds = seconds
        self._patience = patience

    def offer(self, name: str, a_second: float) -> Round:
        """Play one round, wait until the system has come to rest, and print the round's line."""
        sent = self.traffic.send(a_second=a_second, seconds=self._seconds)
        megabytes = memory.of_all(self.supervisor)
        self.rest.wait(REST_SECONDS)
        self.history += [
            Operation(
                service="booking",
                what="POST /reservations",
                outcome="info" if each.status in {0, 502, 503, 504} else "ok" if each.status == 202 else "fail",
                status=each.status,
                locator=each.locator or None,
                key=each.key,
                asked=each.key,
            )
            for each in sent.answers
            if each.kind == BOOK
        ]
        played = Round(
            name=name,
            a_second=a_second,
            seconds=self._seconds,
            sent=sent,
            confirmed=self.rest.confirmed(),
            megabytes=megabytes,
            patience=self._patience,
        )
        say(played.line())
        return played

    @property
    def bounds(self) -> str:
        """What counts as in time, in words."""
        found, accepted, confirmed = (
            each * self._patience for each in (SEARCH_SECONDS, ACCEPTED_SECONDS, CONFIRMED_SECONDS)
        )
        return f"good: found in {found:.0f} s; accepted in {accepted:.0f} s and confirmed in {confirmed:.0f} s"

    def find_the_knee(self, start: float) -> float:
        """Raise the load until goodput no longer grows; return the load at which it was highest."""
        best = self.offer("", start)
        for step in range(1, STEPS):
            played = self.offer("", start * GROWTH**step)
            grew = played.good() > best.good() * GAIN
            best = max(best, played, key=Round.good)
            if not grew and played.good() < KEEPS_UP * played.a_second:
                break
        return best.a_second

    def judge(self) -> int:
        """Judge what is left by every invariant, print it, and return how many violations there are."""
        traveller = Traveller(self.stack)
        traveller.look_around()
        judgements = judge(self.rest.evidence([*self.history, *traveller.history]), floors={})
        say("\n" + render(judgements))
        return sum(len(judgement.violations) for judgement in judgements)


@contextmanager
def system(run_dir: Path, *, seconds: float, patience: float) -> Iterator[Overload]:
    """Start the whole system on servers of its own, with some days of departures on sale."""
    os.environ.update(ENVIRONMENT)
    with running("servers", run_dir, hold_seconds=60, progress=say) as stack, closing(Rest(run_dir)) as rest:
        yield Overload(stack, rest, Supervisor(run_dir), seconds=seconds, patience=patience)


def say(line: str) -> None:
    """Tell who watches, at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def play(overload: Overload, *, start: float) -> Verdict:
    """Play everything, print the figures and return whether all is as it must be."""
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False).stdout
    load = ", ".join(f"{each:.0f}" for each in os.getloadavg())
    say(f"\noverload {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, commit {commit.strip()}, {os.cpu_count()} processors,")
    say(f"load average at the beginning {load}; one request in five is a reservation; {overload.bounds}")
    say(f"\nthe knee\n{TITLES}")
    knee = overload.find_the_knee(start)
    say(f"\nmore than that\n{TITLES}")
    rounds = {factor: overload.offer(f"{factor}x", knee * factor) for factor in FACTORS}
    first, last = rounds[FACTORS[0]], rounds[FACTORS[-1]]
    # The highest that was seen at the knee or above it: a lucky low at 1x must not make 10x look good.
    ratio = last.good() / max(each.good() for each in rounds.values())
    booked = last.good(BOOK) / first.good(BOOK) if first.good(BOOK) else 0.0
    bare = sum(each.bare_errors for each in rounds.values())
    say(f"\n  knee                          {knee:.1f} requests/s")
    say(f"  goodput at 10x / at its best  {ratio:.2f} (at least {LEAST})")
    say(f"  reservations at 10x / at 1x   {booked:.2f}")
    say(f"  5xx without Retry-After       {bare} (must be 0)")
    say("  provider slow                 " + bulkheads.with_a_slow_bank(overload.traffic))
    still = overload.rest.wait(REST_SECONDS)
    violations = overload.judge()
    say(f"\n  still moving                  {still or 'nothing'}")
    say(f"  violations                    {violations} (must be 0)")
    say("  late consumer                 " + bulkheads.with_a_late_consumer(overload.supervisor, overload.rest))
    behind = max(each.sent.behind_seconds for each in rounds.values())
    say(f"  client behind, p99 at most    {behind:.2f} s (at most {MOST_BEHIND:g}; root's goes before the system)")
    verdict: Verdict = "pass" if ratio >= LEAST and bare == 0 and violations == 0 and not still else "fail"
    if ratio < LEAST and behind > MOST_BEHIND:
        verdict = "unknown"
    say(f"\n  verdict                       {verdict}")
    return verdict


def main() -> int:
    """Run as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=15, help="how long each round lasts")
    parser.add_argument("--start", type=float, default=8, help="requests a second at the first step")
    parser.add_argument(
        "--patience",
        type=float,
        default=1,
        help="so many times longer is in time too, on a machine that does much else",
    )
    chosen = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="aerosaga-overload-") as place,
        system(Path(place), seconds=chosen.seconds, patience=chosen.patience) as overload,
    ):
        return STATUS[play(overload, start=chosen.start)]


if __name__ == "__main__":
    sys.exit(main())
