"""The figures by name, each with how it is measured and how many a full run has."""

from dataclasses import dataclass

from tests.reliability.faults.scorecard import crowded, misled, runs, under_restarts
from tests.reliability.faults.scorecard.figure import Measure


@dataclass(frozen=True, kw_only=True)
class Entry:
    """`size` is a full run's; `proxies` whether links must be struck, which costs time on every message."""

    measure: Measure
    size: int
    proxies: bool = False


FIGURES: dict[str, Entry] = {
    "G1": Entry(measure=under_restarts.sagas, size=under_restarts.SAGAS),
    "G2": Entry(measure=under_restarts.messages, size=under_restarts.MESSAGES),
    "G3": Entry(measure=under_restarts.values, size=under_restarts.VALUES),
    "G5": Entry(measure=runs.nightly, size=runs.RUNS, proxies=True),
    "G7": Entry(measure=crowded.last_seat, size=crowded.ROUNDS),
    "G8": Entry(measure=crowded.same_key, size=crowded.KEYS),
    "G9": Entry(measure=misled.silent_bank, size=misled.CASES),
    "G11": Entry(measure=misled.poison, size=misled.POISONS),
    "G18": Entry(measure=runs.recovery, size=runs.ROUNDS, proxies=True),
}
