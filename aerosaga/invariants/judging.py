"""Invariants by name, and how each is judged: pass, fail, or unknown if too little was there to look at."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from aerosaga.invariants.evidence import Evidence

Verdict = Literal["pass", "fail", "unknown"]
#: For each thing looked at: None if it is as it must be, else a sentence that names it and what is wrong.
Look = Callable[[Evidence], Iterator[str | None]]


@dataclass(frozen=True, kw_only=True)
class Invariant:
    """A promise and the look that checks it. `name` is its number, `I8`."""

    name: str
    promise: str
    look: Look


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """What came of one look: so many things examined, at least `floor` wanted, and what is wrong."""

    invariant: Invariant
    examined: int
    floor: int
    violations: tuple[str, ...]

    @property
    def verdict(self) -> Verdict:
        """What was never there to be broken was not kept either: that is unknown, not pass."""
        if self.violations:
            return "fail"
        return "pass" if self.examined >= self.floor else "unknown"


#: Every invariant there is, by name, filled by the modules beside this one.
INVARIANTS: dict[str, Invariant] = {}


def invariant(name: str, promise: str) -> Callable[[Look], Look]:
    """Register a look under the invariant's number, with the promise in words."""

    def register(look: Look) -> Look:
        INVARIANTS[name] = Invariant(name=name, promise=promise, look=look)
        return look

    return register


def unless(fine: object, complaint: str) -> str | None:
    """Return what a look says about one thing: nothing if it is fine, else the complaint."""
    return None if fine else complaint


def judge(
    evidence: Evidence, *, floors: Mapping[str, int] | None = None, only: Iterable[str] | None = None
) -> list[Judgement]:
    """
    Judge the evidence by every invariant, or by `only` some; `floors` are how many things each must have seen.

    One thing is the floor of those that are not named.
    """
    chosen = [INVARIANTS[name] for name in (only if only is not None else INVARIANTS)]
    judgements = []
    for each in sorted(chosen, key=lambda found: int(found.name[1:])):
        looks = list(each.look(evidence))
        judgements.append(
            Judgement(
                invariant=each,
                examined=len(looks),
                floor=(floors or {}).get(each.name, 1),
                violations=tuple(look for look in looks if look is not None),
            )
        )
    return judgements


def overall(judgements: Iterable[Judgement]) -> Verdict:
    """Return the verdict on all: one failure fails it, else one unknown leaves it unknown."""
    verdicts = {judgement.verdict for judgement in judgements}
    return "fail" if "fail" in verdicts else "unknown" if "unknown" in verdicts else "pass"
