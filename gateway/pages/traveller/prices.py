"""The cheapest price of each day around a search, asked for once and shown for some minutes."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from gateway.pages.api import Api
from gateway.pages.errors import Away, Refused
from gateway.pages.traveller.searches import Search

Price = tuple[Decimal, str]

_AROUND = 3
_KEPT_SECONDS = 120.0
_MOST = 5000


class Prices:
    """What the days of a route cost, by what was asked; only the cheapest of each day, which changes rarely."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[str, tuple[float, Price | None]] = {}

    def get(self, key: str) -> tuple[float, Price | None] | None:
        """Return what is known and not too old."""
        with self._lock:
            found = self._known.get(key)
        return found if found and found[0] > time.monotonic() else None

    def put(self, key: str, price: Price | None) -> None:
        with self._lock:
            if len(self._known) >= _MOST:
                self._known.clear()
            self._known[key] = (time.monotonic() + _KEPT_SECONDS, price)


def days_around(day: date, *, today: date) -> list[date]:
    """Return a week of days with `day` in its middle, or as near to it as today allows."""
    first = max(day - timedelta(days=_AROUND), min(today, day))
    return [first + timedelta(days=number) for number in range(2 * _AROUND + 1)]


def cheapest(kept: Prices, api: Api, search: Search, days: Sequence[date]) -> dict[date, Price | None]:
    """Return the cheapest price of each day, None for a day without any; a day that could not be asked is left out."""
    found: dict[date, Price | None] = {}
    for day in days:
        there = search.on(day).sorted_by("price")
        known = kept.get(there.key)
        if known is None:
            try:
                offers = api.offers(**there.query(), sort="price", page=1, page_size=1)
            except (Away, Refused):
                continue
            kept.put(there.key, (offers[0].total, offers[0].currency) if offers else None)
            known = kept.get(there.key)
        if known is not None:
            found[day] = known[1]
    return found
