"""
Events of which two versions are published for a while: which, until when, and how one is told as the other.

The owner records the newer one alone; the outbox writes the older beside it, with the same id, for as long as it is in
this table. A consumer that knows the newer one reads the older as well, and its inbox sees that both are one fact.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from common.contracts import flight, flight_v2
from common.messages import Event


@dataclass(frozen=True, kw_only=True)
class Succession:
    """`older` is published beside `newer`, at least until the end of the day `until`: a promise to outsiders."""

    older: type[Event]
    newer: type[Event]
    until: date
    upcast: Callable[[Any], Event]
    downcast: Callable[[Any], Event]


SUCCESSIONS: tuple[Succession, ...] = (
    Succession(
        older=flight.SeatMapGenerated,
        newer=flight_v2.SeatMapGenerated,
        until=date(2027, 6, 30),
        upcast=flight_v2.seat_map_from_v1,
        downcast=flight_v2.seat_map_to_v1,
    ),
)


def succession_of(older: type[Event]) -> Succession | None:
    """Return what has taken the place of a version, if anything has."""
    return next((each for each in SUCCESSIONS if each.older is older), None)


def told(event: Event) -> list[Event]:
    """Return an event in every version it is published in, the oldest first; all have its id."""
    for each in SUCCESSIONS:
        if each.newer is type(event):
            return [*told(each.downcast(event)), event]
    return [event]


def readings(kind: type[Event]) -> Mapping[type[Event], Callable[[Any], Event]]:
    """Return the older versions that can be read as `kind`, each with how."""
    found: dict[type[Event], Callable[[Any], Event]] = {}
    for each in SUCCESSIONS:
        if each.newer is kind:
            found[each.older] = each.upcast
            for oldest, upcast in readings(each.older).items():
                found[oldest] = _then(upcast, each.upcast)
    return found


def _then(first: Callable[[Any], Event], second: Callable[[Any], Event]) -> Callable[[Any], Event]:
    return lambda event: second(first(event))
