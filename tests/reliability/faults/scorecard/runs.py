"""G5, G18: many runs of one fault, each judged; and how long it takes from the end of a fault to the first booking."""

import time
from random import Random

from tests.reliability.faults.chapter import Chapter, Story
from tests.reliability.faults.kinds.registry import KINDS
from tests.reliability.faults.schedule import Strike
from tests.reliability.faults.scorecard.figure import Figure
from tests.reliability.faults.scorecard.storm import at_rest

RUNS, RUN_SECONDS, CLIENTS = 20, 60.0, 8
NIGHTLY = ("kill", "pause", "cut")
ROUNDS = 20
#: What is done once a round, and for how many seconds; with what the scorecard allows for the recovery, if it does.
RECOVERED = {
    "broker-kill": (0.0, 30.0),
    "broker-restart": (0.0, 10.0),
    "database-kill": (0.0, None),
    "database-restart": (1.0, None),
    "kill-all-workers": (0.0, None),
    "redis-stop": (2.0, None),
    "cut": (3.0, None),
    "bank-away": (3.0, None),
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
    for name, (lasts, allowed) in RECOVERED.items():
        accepted, confirmed = list[float](), list[float]()
        for _ in range(size):
            kind = KINDS[name]
            target = chance.choice(kind.pace.targets)
            deed = kind.deed(story.system, Strike(at=0.0, kind=name, target=target, lasts=lasts))
            began = time.monotonic()
            with deed:
                # A server that was killed or stopped starts again within the deed, and that counts.
                began = time.monotonic()
                time.sleep(lasts)
            tried += 1
            reservation = story.caller.reserve()
            accepted.append(time.monotonic() - began - lasts)
            try:
                story.caller.follow(reservation, until=PATIENCE_SECONDS)
            except Exception as error:
                problems.append(f"{name}: {reservation['locator']} {type(error).__name__}")
                continue
            confirmed.append(time.monotonic() - began - lasts)
            reached += 1
        notes.append(
            f"{name:<18} first accepted p50 {_at(accepted, 0.5)}, p99 {_at(accepted, 0.99)}; confirmed p50 "
            f"{_at(confirmed, 0.5)}, p99 {_at(confirmed, 0.99)}" + (f"; allowed {allowed:g} s" if allowed else "")
        )
        story.tell(f"    {notes[-1]}")
        table.append({"fault": name, "accepted": accepted, "confirmed": confirmed, "allowed": allowed})
        if allowed and accepted and max(accepted) > allowed:
            problems.append(
                f"{name}: {max(accepted):.1f} s until a reservation was accepted, {allowed:g} s are allowed"
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
