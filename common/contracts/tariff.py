"""What a fare costs, when it is sold and what its buyer may do: the arithmetic that services must agree on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum

from common.money import Money


class Family(StrEnum):
    """The families of fares, from the strictest rules to the kindest."""

    BASIC = "basic"
    STANDARD = "standard"
    FLEX = "flex"


@dataclass(frozen=True, slots=True, kw_only=True)
class Season:
    """From `starts` to `ends`, both included, fares are `factor` times as much; dates are local, at the origin."""

    starts: date
    ends: date
    factor: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What the buyer of a fare may do; a fee is of one passenger on one flight, and counts only if that may be done."""

    refundable: bool
    refund_fee: Money
    changeable: bool
    change_fee: Money

    def in_words(self) -> list[str]:
        """Return the rule in plain words, one sentence each."""
        return [
            _allowed("Refund", allowed=self.refundable, fee=self.refund_fee),
            _allowed("Change", allowed=self.changeable, fee=self.change_fee),
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fare:
    """What a seat of a cabin costs one passenger on a route, or on one flight of it if it has a `flight_number`."""

    fare_id: int
    airline: str
    origin: str
    destination: str
    flight_number: int | None
    cabin: str
    family: Family
    base: Money
    rule: Rule
    advance_purchase_days: int
    valid_from: date | None
    valid_until: date | None
    seasons: Sequence[Season]
    withdrawn: bool

    def price(self, travel: date) -> Money:
        """Return what it costs on a local date of departure: the base times every season then, to the smallest unit."""
        minor = Decimal(self.base.minor)
        for season in self.seasons:
            if season.starts <= travel <= season.ends:
                minor *= season.factor
        return Money(int(minor.quantize(Decimal(1), rounding=ROUND_HALF_EVEN)), self.base.currency)

    def is_sold(self, *, travel: date, today: date) -> bool:
        """Return whether it can be bought `today` (UTC) for a departure on the local date `travel`."""
        return (
            not self.withdrawn
            and (self.valid_from is None or travel >= self.valid_from)
            and (self.valid_until is None or travel <= self.valid_until)
            and (travel - today).days >= self.advance_purchase_days
        )


def cheapest(
    fares: Iterable[Fare], *, flight_number: int, cabin: str, family: Family, travel: date, today: date
) -> Fare | None:
    """
    Return the cheapest of a route's `fares` for this flight, or None if none is sold.

    Fares of the flight itself stand in for those of its route; of two at one price the older (lower id) is taken.
    """
    sold = [
        fare
        for fare in fares
        if fare.cabin == cabin
        and fare.family is family
        and fare.flight_number in (None, flight_number)
        and fare.is_sold(travel=travel, today=today)
    ]
    own = [fare for fare in sold if fare.flight_number is not None]
    return min(own or sold, key=lambda fare: (fare.price(travel).minor, fare.fare_id), default=None)


def _allowed(act: str, *, allowed: bool, fee: Money) -> str:
    if not allowed:
        return f"{act}: not possible."
    return f"{act}: {fee} for each passenger and flight." if fee.minor else f"{act}: free of charge."
