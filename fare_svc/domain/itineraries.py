"""Finds the journeys between two airports: direct, or by connections that a traveller can make."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from heapq import nsmallest

from common.errors import Rejected

#: A direct flight has one, two connections have three.
MOST_FLIGHTS = 3


class BadSearch(Rejected):
    """Raised when nobody could travel as asked, whatever the schedule is."""

    code = "bad_search"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """One departure of a journey; `travel` is its local date at the origin, other times are UTC or carry an offset."""

    departure_id: int
    airline: str
    flight_number: int
    origin: str
    destination: str
    travel: date
    departs_at: datetime
    departs_local: str
    arrives_at: datetime
    arrives_local: str


Journey = tuple[Hop, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Connecting:
    """The shortest and the longest time that may lie between an arrival and the next departure."""

    least: timedelta
    most: timedelta

    def allows(self, arriving: Hop, leaving: Hop) -> bool:
        """Return whether a traveller who arrives by one flight can leave by the other."""
        wait = leaving.departs_at - arriving.arrives_at
        return leaving.origin == arriving.destination and self.least <= wait <= self.most


def check_search(*, origin: str, destination: str, day: date, return_day: date | None) -> None:
    """
    Return if a search makes sense.

    :raises BadSearch: if it goes nowhere, or comes back before it leaves
    """
    if origin == destination:
        raise BadSearch(f"From {origin} to {destination} there is nothing to fly.")
    if return_day is not None and return_day < day:
        raise BadSearch(f"The return on {return_day} would be before the outward journey on {day}.")


def duration(journey: Journey) -> timedelta:
    """Return how long a journey takes, from its first departure to its last arrival."""
    return journey[-1].arrives_at - journey[0].departs_at


def journeys(
    *, first: Iterable[Hop], onward: Iterable[Hop], destination: str, connecting: Connecting, most: int
) -> list[Journey]:
    """
    Return the `most` shortest journeys that begin with a departure of `first` and end at `destination`.

    Each has at most MOST_FLIGHTS flights, those after the first out of `onward`, and comes through no airport twice.
    """
    onward_from: dict[str, list[Hop]] = {}
    for hop in sorted(onward, key=lambda hop: hop.departs_at):
        onward_from.setdefault(hop.origin, []).append(hop)
    found = (journey for hop in first for journey in _continued((hop,), onward_from, destination, connecting))
    return nsmallest(most, found, key=lambda journey: (duration(journey), journey[0].departs_at, len(journey)))


def _continued(
    so_far: Journey, onward_from: dict[str, list[Hop]], destination: str, connecting: Connecting
) -> Iterator[Journey]:
    last = so_far[-1]
    if last.destination == destination:
        yield so_far
        return
    if len(so_far) == MOST_FLIGHTS:
        return
    seen = {so_far[0].origin, *(hop.destination for hop in so_far)}
    for hop in _between(onward_from.get(last.destination, ()), last.arrives_at, connecting):
        if hop.destination not in seen:
            yield from _continued((*so_far, hop), onward_from, destination, connecting)


def _between(hops: Sequence[Hop], arrives_at: datetime, connecting: Connecting) -> Sequence[Hop]:
    earliest = bisect_left(hops, arrives_at + connecting.least, key=lambda hop: hop.departs_at)
    latest = bisect_right(hops, arrives_at + connecting.most, key=lambda hop: hop.departs_at)
    return hops[earliest:latest]
