"""The fares that come with the timetable: a formula of distance and cabin, stated in docs/how-to/price-seats.md."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

Row = dict[str, Any]

# Economy is 45.00 and 0.07 a kilometre of the great circle, in whole units of whatever the currency is.
_BASE = Decimal(45)
_PER_KM = Decimal("0.07")
_CABINS = {"economy": Decimal(1), "business": Decimal("2.2"), "first": Decimal(3)}
# The code of a rule, and how many times the formula its fares are.
_FACTORS = {
    "BASIC": Decimal(1),
    "BASIC-21": Decimal("0.85"),
    "STANDARD": Decimal("1.15"),
    "FLEX": Decimal("1.4"),
}
# Nobody buys the front of an aircraft to save by planning ahead.
_ECONOMY_ONLY = {"BASIC-21"}


def rules(currency: str) -> list[Row]:
    """Return the rules, as PUT /rules takes them."""
    strict = {"family": "basic", "refundable": False, "changeable": False, "currency": currency}
    return [
        {"code": "BASIC", **strict},
        {"code": "BASIC-21", **strict, "advancePurchaseDays": 21},
        {
            "code": "STANDARD",
            "family": "standard",
            "refundable": True,
            "refundFee": Decimal("75.00"),
            "changeable": True,
            "changeFee": Decimal("50.00"),
            "currency": currency,
        },
        {"code": "FLEX", "family": "flex", "refundable": True, "changeable": True, "currency": currency},
    ]


def seasons(years: Iterable[int]) -> list[Row]:
    """Return the seasons that begin in these years, as PUT /seasons takes them."""
    return [season for year in years for season in _seasons_of(year)]


def fares(rows: Iterable[Mapping[str, Any]], currency: str) -> list[Row]:
    """
    Return the fares of the routes of a schedule, as PUT /fares takes them.

    `rows` are those of PUT /schedule/{date}. A route's fares are for every flight of its airline between its two
    airports; the distance of the first row counts.
    """
    distances: dict[tuple[str, str, str], int] = {}
    for row in rows:
        distances.setdefault((row["airline"], row["origin"], row["destination"]), row["distanceKm"])
    return [
        {
            "airline": airline,
            "origin": origin,
            "destination": destination,
            "cabin": cabin,
            "rule": rule,
            "amount": _amount(distance_km, cabin, rule),
            "currency": currency,
        }
        for (airline, origin, destination), distance_km in distances.items()
        for cabin in _CABINS
        for rule in _FACTORS
        if cabin == "economy" or rule not in _ECONOMY_ONLY
    ]


def _amount(distance_km: int, cabin: str, rule: str) -> Decimal:
    exact = (_BASE + _PER_KM * distance_km) * _CABINS[cabin] * _FACTORS[rule]
    return exact.quantize(Decimal(1), rounding=ROUND_HALF_EVEN)


def _seasons_of(year: int) -> list[Row]:
    return [
        {
            "code": f"summer-{year}",
            "name": f"Summer {year}",
            "starts": date(year, 6, 15),
            "ends": date(year, 8, 31),
            "factor": Decimal("1.15"),
        },
        {
            "code": f"christmas-{year}",
            "name": f"Christmas {year}",
            "starts": date(year, 12, 18),
            "ends": date(year + 1, 1, 3),
            "factor": Decimal("1.25"),
        },
    ]
