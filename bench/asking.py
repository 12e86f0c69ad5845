"""What a run asks for: distinct seats, some with a card that is declined, some asked for a second time."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Literal

Kind = Literal["ok", "declined", "duplicate"]

DECLINED = 0.05
DUPLICATES = 0.02
# A seat is asked for again when its first request has been answered for sure.
GAP = 64


@dataclass(frozen=True, kw_only=True)
class Ask:
    """One request: `place` numbers the seats of a system from 0, `number` the requests of the run."""

    number: int
    place: int
    kind: Kind


def plan(count: int, *, first: int, seed: int) -> list[Ask]:
    """
    Return requests for `count` seats from place `first` on in random order, and 2 % more for seats asked for before.

    A seat with a declined card is never asked for twice, so that the outcome of every request is determined.
    """
    rng = random.Random(seed)
    places = list(range(first, first + count))
    rng.shuffle(places)
    declined = set(rng.sample(places, round(count * DECLINED)))
    again: dict[int, list[int]] = {}
    paid = [(turn, place) for turn, place in enumerate(places) if place not in declined]
    for turn, place in rng.sample(paid, round(count * DUPLICATES)):
        later = turn + rng.randint(min(GAP, count // 4), count // 2)
        again.setdefault(min(count - 1, later), []).append(place)
    wanted: list[tuple[int, Kind]] = []
    for turn, place in enumerate(places):
        wanted.append((place, "declined" if place in declined else "ok"))
        wanted += [(known, "duplicate") for known in again.get(turn, ())]
    return [Ask(number=number, place=place, kind=kind) for number, (place, kind) in enumerate(wanted)]
