"""Offers put together as travellers read them: one journey with the fare families it is sold at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from gateway.pages.formats import days_later, minutes_between
from gateway.pages.shapes import Offer, Segment

FAMILIES = ("basic", "standard", "flex")


@dataclass(frozen=True)
class Leg:
    """One direction of a journey: its flights in order."""

    segments: Sequence[Segment]

    @property
    def first(self) -> Segment:
        return self.segments[0]

    @property
    def last(self) -> Segment:
        return self.segments[-1]

    @property
    def minutes(self) -> int:
        return minutes_between(self.first.departs_at, self.last.arrives_at)

    @property
    def days_later(self) -> int:
        return days_later(self.first.departs_local, self.last.arrives_local)

    @property
    def stops(self) -> list[tuple[str, int]]:
        """Where it is changed, and for how many minutes."""
        pairs = zip(self.segments, self.segments[1:], strict=False)
        return [(here.destination, minutes_between(here.arrives_at, there.departs_at)) for here, there in pairs]

    @property
    def airlines(self) -> list[str]:
        return list(dict.fromkeys(segment.airline for segment in self.segments))


@dataclass(frozen=True)
class Journey:
    """The same flights at each family that is sold on all of them; `free` seats on the fullest, None if unknown."""

    legs: Sequence[Leg]
    offers: Sequence[Offer]
    free: int | None

    @property
    def cheapest(self) -> Decimal:
        return min(offer.total for offer in self.offers)

    @property
    def minutes(self) -> int:
        return sum(leg.minutes for leg in self.legs)

    @property
    def departs_at(self) -> datetime:
        return self.legs[0].first.departs_at

    @property
    def departure_ids(self) -> list[int]:
        return [segment.departure_id for leg in self.legs for segment in leg.segments]


def journeys(offers: Iterable[Offer], *, free: Mapping[int, int], sort: str) -> list[Journey]:
    """Return the journeys of these offers, sorted; of each family the first offer, as one journey is sold once."""
    by_flights: dict[tuple[int, ...], dict[str, Offer]] = {}
    for offer in offers:
        flights = tuple(segment.departure_id for segment in offer.segments)
        by_flights.setdefault(flights, {}).setdefault(offer.family, offer)
    found = [_journey(list(families.values()), free) for families in by_flights.values()]
    orders = {
        "price": lambda journey: (journey.cheapest, journey.minutes, journey.departs_at),
        "duration": lambda journey: (journey.minutes, journey.cheapest, journey.departs_at),
        "departure": lambda journey: (journey.departs_at, journey.cheapest, journey.minutes),
    }
    return sorted(found, key=orders[sort])


def _journey(offers: list[Offer], free: Mapping[int, int]) -> Journey:
    ways = (offers[0].itinerary.outward, offers[0].itinerary.back)
    legs = [Leg(way) for way in ways if way]
    known = [free[segment.departure_id] for leg in legs for segment in leg.segments if segment.departure_id in free]
    return Journey(legs, sorted(offers, key=lambda offer: offer.total), min(known, default=None))
