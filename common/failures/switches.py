"""
What a failure switch says: `payment.authorize=slow 3s; times=2`, several with commas between them.

A step is named by who carries it out and by its words in the table of its saga, with hyphens for spaces:
`payment.authorize-payment`. Its first words do, where they name one step only: `payment.authorize`.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from common.errors import Rejected

#: The longest a step can be made to take.
LONGEST_SECONDS = 30.0
DEFAULT_SECONDS = 3.0
#: How often at most a step is struck, each time it is sent.
MOST_TIMES = 20
#: How much later the deadline of a saga is that gets stuck: nobody but an operator is to end it.
STUCK_SECONDS = 3600.0


class Behaviour(StrEnum):
    """What happens to a step, instead of what should."""

    FAIL = "fail"
    SLOW = "slow"
    REPEAT = "repeat"
    LOSE_ANSWER = "lose-answer"
    STUCK = "stuck"


#: What the step of a request can be made to do: nobody waits for a saga that does not exist yet.
OF_REQUESTS = frozenset(Behaviour) - {Behaviour.STUCK}

_SWITCH = re.compile(
    r"(?P<target>[a-z-]+\.[a-z-]+)\s*=\s*(?P<behaviour>[a-z-]+)(?:\s+(?P<seconds>\d{1,3}(?:\.\d{1,3})?)\s*s)?"
    r"(?:\s*;\s*times\s*=\s*(?P<times>\d{1,3}))?"
)


class BadSwitch(Rejected):
    """Raised when a failure switch names no step that can be struck, or nothing that can happen to it."""

    code = "bad_failure_switch"


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """A step, or the undo of one, that can be struck; `in_request` if a request carries it out and no command."""

    name: str
    in_request: bool = False

    @property
    def behaviours(self) -> frozenset[Behaviour]:
        return OF_REQUESTS if self.in_request else frozenset(Behaviour)


@dataclass(frozen=True, kw_only=True, slots=True)
class Switch:
    """One step, by its full name, and what happens to it the first `times` that it is sent."""

    target: str
    behaviour: Behaviour
    seconds: float = 0.0
    times: int = 1

    @property
    def deed(self) -> str:
        """What happens, as the step's command is told: `slow 3s`."""
        return f"{self.behaviour} {self.seconds:g}s" if self.behaviour is Behaviour.SLOW else self.behaviour.value

    def __str__(self) -> str:
        often = "" if self.times == 1 or self.behaviour is Behaviour.STUCK else f"; times={self.times}"
        return f"{self.target}={self.deed}{often}"


def read(text: str, *, targets: Mapping[str, Target]) -> list[Switch]:
    """
    Return the switches that a text names, of these `targets`.

    :raises BadSwitch: if one cannot be read, or names something else; it lists what can be named
    """
    return [_read(each.strip(), targets) for each in text.split(",")]


def striking(switches: Iterable[str], *, target: str, attempt: int, turns_back: bool = False) -> str | None:
    """
    Return what is to happen to a step that is sent for the `attempt`th time, if any of these switches says so.

    `switches` are as `str(Switch)` wrote them. A step whose failure `turns_back` its saga fails however often it is
    sent: on a slow machine a sweep may send it again before the saga has turned, and that must not change the outcome.
    """
    for text in switches:
        switch = _parsed(text)
        for_good = {Behaviour.STUCK, Behaviour.FAIL} if turns_back else {Behaviour.STUCK}
        if switch.target == target and (attempt <= switch.times or switch.behaviour in for_good):
            return switch.deed
    return None


def patience(switches: Sequence[str], seconds: float) -> float:
    """Return the time that a saga with these switches has, instead of so many `seconds`."""
    stuck = any(_parsed(text).behaviour is Behaviour.STUCK for text in switches)
    return seconds + STUCK_SECONDS if stuck else seconds


def _read(text: str, targets: Mapping[str, Target]) -> Switch:
    found = _SWITCH.fullmatch(text)
    if found is None:
        raise _refusal(f"{text!r} is no failure switch; write it like payment.authorize=slow 3s; times=2.", targets)
    target = _target(found["target"], targets)
    behaviour = found["behaviour"]
    if behaviour not in target.behaviours:
        raise _refusal(f"{target.name} cannot be made to {behaviour!r}.", targets, target)
    seconds, times = found["seconds"], found["times"]
    if seconds is not None and behaviour != Behaviour.SLOW:
        raise _refusal(f"{text!r} says how many seconds, which only slow takes.", targets)
    if times is not None and (behaviour == Behaviour.STUCK or target.in_request):
        raise _refusal(f"{text!r} says how many times, which is for steps that are sent again.", targets)
    switch = Switch(
        target=target.name,
        behaviour=Behaviour(behaviour),
        seconds=float(seconds or DEFAULT_SECONDS) if behaviour == Behaviour.SLOW else 0.0,
        times=int(times or 1),
    )
    if switch.seconds > LONGEST_SECONDS or not 1 <= switch.times <= MOST_TIMES:
        raise _refusal(f"{text!r} goes too far: at most {LONGEST_SECONDS:g}s, and times=1 to {MOST_TIMES}.", targets)
    return switch


def _target(name: str, targets: Mapping[str, Target]) -> Target:
    if name in targets:
        return targets[name]
    meant = [target for full, target in targets.items() if full.startswith(f"{name}-")]
    if len(meant) == 1:
        return meant[0]
    if meant:
        raise _refusal(f"{name} may be {' or '.join(each.name for each in meant)}; name it in full.", targets)
    raise _refusal(f"{name} is no step that can be struck here.", targets)


def _refusal(detail: str, targets: Mapping[str, Target], target: Target | None = None) -> BadSwitch:
    behaviours = sorted(target.behaviours if target else Behaviour)
    return BadSwitch(
        f"{detail} Steps: {', '.join(sorted(targets))}. Behaviours: {', '.join(behaviours)}.",
        steps=sorted(targets),
        behaviours=behaviours,
    )


def _parsed(text: str) -> Switch:
    # What we have written ourselves.
    found = _SWITCH.fullmatch(text)
    assert found is not None, text
    return Switch(
        target=found["target"],
        behaviour=Behaviour(found["behaviour"]),
        seconds=float(found["seconds"] or 0),
        times=int(found["times"] or 1),
    )
