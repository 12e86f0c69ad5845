"""Prices journeys: each family of fares that is sold on all of a journey's flights makes one quote."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import product
from typing import Any

from common.contracts.tariff import Family, Fare, cheapest
from common.money import Money
from fare_svc.domain.itineraries import Connecting, Hop, Journey, duration

Route = tuple[str, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """One flight with the fare it is offered at, and what that fare costs one passenger on its date."""

    hop: Hop
    fare: Fare
    price: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """Flights out, and back if that was asked for, in one family of fares; `each` is what one passenger pays."""

    family: Family
    outward: tuple[Segment, ...]
    back: tuple[Segment, ...]
    each: Money

    @property
    def segments(self) -> tuple[Segment, ...]:
        """Every flight, in the order of travel."""
        return self.outward + self.back

    @property
    def travelling(self) -> timedelta:
        """How long the journeys take, without the stay between them."""
        both = [_journey(segments) for segments in (self.outward, self.back) if segments]
        return sum(map(duration, both), timedelta())

    @property
    def departs_at(self) -> datetime:
        """When the first flight leaves, UTC."""
        return self.outward[0].hop.departs_at

    def rules_in_words(self) -> list[str]:
        """Return what the buyer may do; flight by flight, if that differs."""
        words = {segment.hop: segment.fare.rule.in_words() for segment in self.segments}
        if len({tuple(sentences) for sentences in words.values()}) == 1:
            return words[self.outward[0].hop]
        return [
            f"{hop.airline} {hop.flight_number}: {sentence}"
            for hop, sentences in words.items()
            for sentence in sentences
        ]


#: How quotes can be sorted; ties are broken by the others.
ORDERS: Mapping[str, Callable[[Quote], Any]] = {
    "price": lambda quote: (quote.each.minor, quote.travelling, quote.departs_at),
    "duration": lambda quote: (quote.travelling, quote.each.minor, quote.departs_at),
    "departure": lambda quote: (quote.departs_at, quote.each.minor, quote.travelling),
}


def quotes(
    *,
    outward: Iterable[Journey],
    back: Sequence[Journey] | None,
    fares: Mapping[Route, Sequence[Fare]],
    cabin: str,
    today: date,
    connecting: Connecting,
    order: str,
) -> list[Quote]:
    """
    Return every quote, sorted by one of ORDERS.

    `fares` are those of each (airline, origin, destination). With `back`, each quote is a pair whose return leaves no
    sooner after the arrival than a connection would. A family that is not sold on every flight makes no quote.
    """

    def priced(journey: Journey, family: Family) -> tuple[Segment, ...] | None:
        found = [_segment(hop, fares, cabin=cabin, family=family, today=today) for hop in journey]
        sold = tuple(segment for segment in found if segment is not None)
        return sold if len(sold) == len(found) else None

    made = []
    for family in Family:
        ways_out = [segments for journey in outward if (segments := priced(journey, family))]
        if back is None:
            made += [_quote(family, out, ()) for out in ways_out]
            continue
        ways_back = [segments for journey in back if (segments := priced(journey, family))]
        made += [
            _quote(family, out, home)
            for out, home in product(ways_out, ways_back)
            if home[0].hop.departs_at - out[-1].hop.arrives_at >= connecting.least
        ]
    return sorted(made, key=ORDERS[order])


def _segment(
    hop: Hop, fares: Mapping[Route, Sequence[Fare]], *, cabin: str, family: Family, today: date
) -> Segment | None:
    route = (hop.airline, hop.origin, hop.destination)
    fare = cheapest(
        fares.get(route, ()),
        flight_number=hop.flight_number,
        cabin=cabin,
        family=family,
        travel=hop.travel,
        today=today,
    )
    return None if fare is None else Segment(hop=hop, fare=fare, price=fare.price(hop.travel))


def _quote(family: Family, outward: tuple[Segment, ...], back: tuple[Segment, ...]) -> Quote:
    segments = outward + back
    each = sum((segment.price for segment in segments[1:]), segments[0].price)
    return Quote(family=family, outward=outward, back=back, each=each)


def _journey(segments: tuple[Segment, ...]) -> Journey:
    return tuple(segment.hop for segment in segments)
