"""A chapter: clients and faults together, then everything healed, quiet, and judged."""

import subprocess
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from pika.exceptions import AMQPError
from sqlalchemy.exc import SQLAlchemyError

from aerosaga.invariants import Judgement, judge, repeated_commands
from aerosaga.invariants.judging import Verdict
from tests.reliability.faults.caller import Caller
from tests.reliability.faults.crowd import Crowd
from tests.reliability.faults.kinds.kind import Kind
from tests.reliability.faults.nemesis import Nemesis
from tests.reliability.faults.schedule import Strike, plan
from tests.reliability.faults.system import System

# How long after the last fault the system may take to come to rest, and somebody to be answered well.
REST_SECONDS, FIRST_OK_SECONDS = 240, 120
# What only runs with poison can judge.
WITH_POISON = {"I22"}
# Acknowledged requests below which a chapter of so many seconds says nothing; a shorter one needs its share.
ACKNOWLEDGED, OF_SECONDS = 40, 60.0


@dataclass(frozen=True, kw_only=True)
class Chapter:
    """Kinds of faults at once, for so long, with so many clients; the seed decides what comes when."""

    title: str
    kinds: Mapping[str, Kind]
    seconds: float
    clients: int
    seed: str

    @property
    def schedule(self) -> list[Strike]:
        """The faults, earliest first."""
        paces = {name: kind.pace for name, kind in self.kinds.items()}
        return plan(paces, seconds=self.seconds, seed=f"{self.seed}/{self.title}")

    @property
    def floors(self) -> dict[str, int]:
        """How often each kind must come: its own floor, or its share of it if there is less time or are more kinds."""
        share = min(1.0, self.seconds / OF_SECONDS) / len(self.kinds)
        return {name: max(1, int(kind.floor * share)) for name, kind in self.kinds.items()}

    @property
    def least(self) -> int:
        """How many requests must be acknowledged."""
        return max(5, int(ACKNOWLEDGED * min(1.0, self.seconds / OF_SECONDS)))


@dataclass(kw_only=True)
class Outcome:
    """
    What became of a chapter. Times are seconds since everything was healed; None if it never happened.

    `violations` are those that no chapter before had. `troubles` are the clients', `undone` faults that failed.
    """

    title: str
    schedule: Sequence[Strike]
    fired: Counter[str]
    floors: Mapping[str, int]
    undone: Sequence[str]
    acknowledged: int
    least: int
    statuses: Counter[str]
    errands: Counter[str]
    troubles: Sequence[str]
    first_ok_seconds: float | None
    quiet_seconds: float | None
    missing: Sequence[str]
    moving: Mapping[str, int]
    judgements: Sequence[Judgement]
    violations: Sequence[str]
    repeated: int

    @property
    def verdict(self) -> Verdict:
        """One thing wrong fails it; too little happened leaves it unknown."""
        if self.violations or self.troubles or self.missing or self.moving or self.first_ok_seconds is None:
            return "fail"
        return "unknown" if self.too_little else "pass"

    def said(self, examples: int = 5) -> list[str]:
        """What is wrong, and what is lacking, a sentence each, with so many examples."""
        more = len(self.violations) - examples
        return [
            *self.violations[:examples],
            *([f"and {more} violations more"] if more > 0 else []),
            *(f"a client: {trouble}" for trouble in self.troubles[:examples]),
            *(f"not up again: {name}" for name in self.missing),
            *(f"still moving: {count} in {place}" for place, count in self.moving.items()),
            *(f"not done: {trouble}" for trouble in self.undone[:examples]),
            *(f"too little: {lack}" for lack in self.too_little),
        ]

    @property
    def too_little(self) -> list[str]:
        """What did not happen often enough to say anything."""
        lacking = [
            f"{kind} came {self.fired[kind]} times, {floor} are needed"
            for kind, floor in self.floors.items()
            if self.fired[kind] < floor
        ]
        if self.acknowledged < self.least:
            lacking.append(f"{self.acknowledged} requests were acknowledged, {self.least} are needed")
        lacking += [
            f"{each.invariant.name} had {each.examined} things to look at, {each.floor} are needed"
            for each in self.judgements
            if each.verdict == "unknown"
        ]
        return lacking


@dataclass(kw_only=True)
class Story:
    """
    Plays chapters over one system; what one chapter broke is not told again in the next.

    `tell` is given a line now and then, for whoever watches something that takes an hour.
    """

    system: System
    caller: Caller
    tell: Callable[[str], object] = lambda _: None
    _told: set[str] = field(default_factory=set)

    def play(self, chapter: Chapter) -> Outcome:
        """Play a chapter to its end."""
        schedule = chapter.schedule
        begun = len(self.caller.answers)
        crowd = Crowd(self.caller, clients=chapter.clients, seed=f"{chapter.seed}/{chapter.title}")
        nemesis = Nemesis(self.system, chapter.kinds)
        crowd.start()
        nemesis.play(schedule)
        self.system.heal()
        healed_at = time.monotonic()
        first_ok = self._first_ok(healed_at)
        crowd.stop()
        missing = self.system.wait_until_up()
        moving, quiet = self.come_to_rest(healed_at)
        answers = self.caller.answers[begun:]
        judgements, violations, repeated = self.judge()
        return Outcome(
            title=chapter.title,
            schedule=schedule,
            fired=nemesis.fired,
            floors=chapter.floors,
            undone=nemesis.troubles,
            acknowledged=sum(answer.outcome == "ok" for answer in answers),
            least=chapter.least,
            statuses=Counter(str(answer.status or "no answer") for answer in answers),
            errands=crowd.errands,
            troubles=crowd.troubles,
            first_ok_seconds=first_ok,
            quiet_seconds=quiet,
            missing=missing,
            moving=moving,
            judgements=judgements,
            violations=violations,
            repeated=repeated,
        )

    def come_to_rest(self, since: float) -> tuple[dict[str, int], float | None]:
        """Wait until nothing moves; return what still does, and how many seconds after `since` that was."""
        end = time.monotonic() + REST_SECONDS
        while True:
            try:
                moving = self.system.rest.wait(max(1.0, end - time.monotonic()))
            except (AMQPError, SQLAlchemyError, subprocess.SubprocessError):
                # What was struck a moment ago may not answer whoever looks, either.
                if time.monotonic() > end:
                    raise
                time.sleep(1.0)
            else:
                return moving, None if moving else time.monotonic() - since

    def judge(self) -> tuple[list[Judgement], list[str], int]:
        """Judge all that has happened so far; return the judgements, what is newly wrong, and commands repeated."""
        self.caller.look_around()
        evidence = self.system.rest.evidence(self.caller.history)
        evidence = replace(evidence, injected=self.system.injected, executions=self.system.executions)
        unasked = set() if self.system.executions else WITH_POISON
        judgements = [each for each in judge(evidence) if each.invariant.name not in unasked]
        wrong = [f"{each.invariant.name}: {violation}" for each in judgements for violation in each.violations]
        wrong += self.system.wrongs
        new = [violation for violation in wrong if violation not in self._told]
        self._told.update(wrong)
        return judgements, new, repeated_commands(evidence)

    def _first_ok(self, healed_at: float) -> float | None:
        end = healed_at + FIRST_OK_SECONDS
        while time.monotonic() < end:
            # The newest are at the end; a copy, since clients go on adding.
            for answer in self.caller.answers[-500:]:
                if answer.asked_at >= healed_at and answer.outcome == "ok":
                    return answer.at - healed_at
            time.sleep(0.05)
        return None
