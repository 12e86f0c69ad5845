"""What is being bought, beside each step of buying it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from gateway.pages.api import api
from gateway.pages.shapes import Flight, SeatMap
from gateway.pages.traveller.drafts import Draft, Promise


@dataclass(frozen=True, kw_only=True)
class Overview:
    """The flights with the seats chosen on them, and what it costs; `extra` is for seats that cost more."""

    flights: Sequence[Flight]
    promise: Promise
    extra: Decimal

    @property
    def total(self) -> Decimal:
        return self.promise.total + self.extra


def overview(draft: Draft) -> Overview:
    """Return what a draft would buy, as things are now."""
    promise = draft.promise
    extra = Decimal(0)
    for departure_id in promise.departure_ids:
        chosen = [number for number in draft.seats_on(departure_id) if number]
        if chosen:
            seat_map = api().seat_map(departure_id)
            extra += sum((surcharge(seat_map, promise.cabin, number) for number in chosen), Decimal(0))
    flights = [api().departure(departure_id) for departure_id in promise.departure_ids]
    return Overview(flights=flights, promise=promise, extra=extra)


def surcharge(seat_map: SeatMap, cabin: str, number: str) -> Decimal:
    """Return what a seat costs beyond the cheapest of its cabin; the offer's fare is for any of them."""
    prices = [
        (place.number, place.price)
        for each in seat_map.cabins
        if each.name == cabin
        for row in each.rows
        for place in row.seats
        if place.price is not None
    ]
    least = min((price for _, price in prices), default=Decimal(0))
    return next((price - least for found, price in prices if found == number), Decimal(0))
