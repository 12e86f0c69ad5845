"""G5, G18: many runs of one fault, each judged; and how long it takes from the end of a fault to the first booking."""

import time
from dataclasses import dataclass
from random import Random

from tests.reliability.faults.chapter import Chapter, Story
from tests.reliability.faults.kinds.registry import KINDS
from tests.reliability.faults.schedule import Strike
from tests.reliability.faults.scorecard.figure import Figure
from tests.reliability.faults.scorecard.storm import at_rest

RUNS, RUN_SECONDS, CLIENTS = 20, 60.0, 8
NIGHTLY = ("kill", "pause", "cut")
ROUNDS = 20


@dataclass(frozen=True, kw_only=True)
class Recovery:
    """
    A fault that is done once a round and lasts so many seconds.

    `allowed` are seconds until a reservation is accepted, where the scorecard names some: from the fault itself or, for
    a server that is stopped and started cleanly, from when it is back.
    """

    lasts: float = 0.0
    allowed: float | None = None
    from_back: bool = False


RECOVERED = {
    "broker-kill": Recovery(allowed=30.0),
    "broker-restart": Recovery(allowed=10.0, from_back=True),
    "database-kill": Recovery(),
    "database-restart": Recovery(lasts=1.0),
    "kill-all-workers": Recovery(),
    "redis-stop": Recovery(lasts=2.0),
    "cut": Recovery(lasts=3.0),
    "bank-away": Recovery(lasts=3.0),
}
PATIENCE_SECONDS = 180.0


def nightly(story: Story, size: int, chance: Random) -> Figure:
    """G5: for each of kill, pause and cut so many runs of 60 s with a fault about every 5 s, each judged."""
    valid, problems, table = 0, list[str](), []
    seed = chance.randrange(1_000_000)
    for name in NIGHTLY:
        for number in range(size):
            kind = KINDS[name]
            chapter = Chapter(
                title=f"{name} {number + 1}", kinds={name: kind}, seconds=RUN_SECONDS, clients=CLIENTS, seed=str(seed)
            )
            outcome = story.play(chapter)
            story.tell(f"    {chapter.title}: {outcome.verdict}, {outcome.fired.total()} faults")
            good = outcome.verdict == "pass"
            valid += good
            problems += [] if good else [f"{chapter.title} (seed {seed}): {outcome.verdict}", *outcome.said()]
            table.append(
                {
                    "run": chapter.title,
                    "verdict": outcome.verdict,
                    "fired": outcome.fired.total(),
                    "acknowledged": outcome.acknowledged,
                    "first_ok_seconds": outcome.first_ok_seconds,
                    "quiet_seconds": outcome.quiet_seconds,
                }
            )
    return Figure(
        name="G5",
        promise="runs of 60 s of kill, pause and cut are valid, with good last answers of every service",
        reached=valid,
        tried=size * len(NIGHTLY),
        size=RUNS * len(NIGHTLY),
        problems=problems,
        notes=[
            f"{sum(row['fired'] for row in table)} faults, {sum(row['acknowledged'] for row in table)} acknowledged"
        ],
        table=table,
    )


def recovery(story: Story, size: int, chance: Random) -> Figure:
    """G18: seconds from the end of a fault until a reservation asked for after it is accepted, and confirmed."""
    problems, notes, table, tried, reached = list[str](), list[str](), [], 0, 0
    for name, fault in RECOVERED.items():
        # All from the end of the fault; a server that was killed or stopped starts after that, and its start counts.
        back, accepted, confirmed = list[float](), list[float](), list[float]()
        for _ in range(size):
            kind = KINDS[name]
            target = chance.choice(kind.pace.targets)
            with kind.deed(story.system, Strike(at=0.0, kind=name, target=target, lasts=fault.lasts)):
                healed = time.monotonic() + fault.lasts
                time.sleep(fault.lasts)
            back.append(time.monotonic() - healed)
            tried += 1
            reservation = story.caller.reserve()
            accepted.append(time.monotonic() - healed)
            try:
                story.caller.follow(reservation, until=PATIENCE_SECONDS)
            except Exception as error:
                problems.append(f"{name}: {reservation['locator']} {type(error).__name__}")
                continue
            confirmed.append(time.monotonic() - healed)
            reached += 1
        waited = [of - since for of, since in zip(accepted, back, strict=True)] if fault.from_back else accepted
        notes.append(
            f"{name:<18} back p50 {_at(back, 0.5)}, p99 {_at(back, 0.99)}; accepted p50 {_at(accepted, 0.5)}, p99 "
            f"{_at(accepted, 0.99)}; confirmed p50 {_at(confirmed, 0.5)}, p99 {_at(confirmed, 0.99)}"
            + (f"; {_at(waited, 1.0)} at most of {fault.allowed:g} s" if fault.allowed else "")
            + (" after it was back" if fault.from_back else "")
        )
        story.tell(f"    {notes[-1]}")
        table.append(
            {"fault": name, "back": back, "accepted": accepted, "confirmed": confirmed, "allowed": fault.allowed}
        )
        if fault.allowed and max(waited) > fault.allowed:
            problems.append(
                f"{name}: {max(waited):.1f} s until a reservation was accepted, {fault.allowed:g} s are allowed"
            )
    return Figure(
        name="G18",
        promise="faults, after each of which a reservation is accepted and confirmed without a hand",
        reached=reached,
        tried=tried,
        size=ROUNDS * len(RECOVERED),
        problems=[*problems, *at_rest(story)],
        notes=notes,
        table=table,
    )


def _at(seconds: list[float], share: float) -> str:
    if not seconds:
        return "never"
    return f"{sorted(seconds)[min(int(len(seconds) * share), len(seconds) - 1)]:.1f} s"
