"""The plan of a run: which fault comes when, at what, for how long; the same seed makes the same plan."""

import random
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Pace:
    """
    How a kind of fault is dealt out: one about every `every` seconds, at one of `targets`, for between two times.

    `spread` is how much sooner and later, as shares of `every`.
    `scale` is what its strikes may be sized by: milliseconds of latency, seconds of skew, copies of a message.
    """

    targets: tuple[str, ...]
    every: float = 5.0
    spread: tuple[float, float] = (0.8, 1.2)
    lasts: tuple[float, float] = (0.0, 2.0)
    scale: tuple[float, ...] = (1.0,)


@dataclass(frozen=True, kw_only=True)
class Strike:
    """One fault: `at` so many seconds after the begin, at `target`, for `lasts` seconds."""

    at: float
    kind: str
    target: str
    lasts: float
    scale: float = 1.0

    def line(self) -> str:
        """What a reader of the schedule sees."""
        scale = "" if self.scale == 1.0 else f" x{self.scale:g}"
        return f"{self.at:6.1f} s  {self.kind:<22} {self.target}{scale} for {self.lasts:.1f} s"

    def as_json(self) -> dict[str, Any]:
        """The strike as plain values."""
        return asdict(self)


def plan(paces: dict[str, Pace], *, seconds: float, seed: str) -> list[Strike]:
    """
    Return the strikes of these kinds within `seconds`, earliest first.

    Of several kinds each keeps its own pace, made slower by their number: as many strikes as of one. A kind that
    would never come is given one strike.
    """
    strikes: list[Strike] = []
    for name, pace in sorted(paces.items()):
        # A generator for each kind: adding another kind does not change when this one comes.
        chance = random.Random(f"{seed}/{name}")
        every = pace.every * len(paces)
        at = chance.uniform(0.2, 0.8) * min(every, seconds)
        targets: list[str] = []
        while at < seconds:
            # As from a shuffled pack, so that a short run does not strike one target again and again.
            targets = targets or chance.sample(pace.targets, len(pace.targets))
            strikes.append(
                Strike(
                    at=round(at, 1),
                    kind=name,
                    target=targets.pop(),
                    lasts=round(chance.uniform(*pace.lasts), 1),
                    scale=chance.choice(pace.scale),
                )
            )
            at += every * chance.uniform(*pace.spread)
    return sorted(strikes, key=lambda strike: (strike.at, strike.kind))


def render(strikes: Sequence[Strike]) -> str:
    """Return the schedule, a line each."""
    return "\n".join(strike.line() for strike in strikes)
