"""What somebody looks for: read from the address of the page, so that it can be kept, shared and gone back to."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from werkzeug.datastructures import MultiDict

from gateway.pages.places import Places

_CODE = re.compile(r"[A-Za-z]{3}")
CABINS = ("economy", "business", "first")
SORTS = {"price": "Cheapest", "duration": "Quickest", "departure": "Earliest"}
MOST_PASSENGERS = 9
#: How far ahead somebody may look, in days.
MOST_AHEAD = 365


@dataclass(frozen=True, kw_only=True)
class Search:
    """A search as it was typed; `problems` are by field, and it can be made only if there are none."""

    origin: str = ""
    destination: str = ""
    day: date | None = None
    return_day: date | None = None
    passengers: int = 1
    cabin: str = "economy"
    sort: str = "price"
    problems: dict[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """The query part of its address."""
        return urlencode({name: value for name, value in self.fields().items() if value not in ("", None)})

    def fields(self) -> dict[str, Any]:
        return {
            "from": self.origin,
            "to": self.destination,
            "date": self.day.isoformat() if self.day else "",
            "return": self.return_day.isoformat() if self.return_day else "",
            "passengers": self.passengers,
            "cabin": self.cabin,
            "sort": self.sort,
        }

    def query(self) -> dict[str, Any]:
        """What GET /offers is asked."""
        return {
            "origin": self.origin,
            "destination": self.destination,
            "date": self.day.isoformat() if self.day else "",
            "returnDate": self.return_day.isoformat() if self.return_day else "",
            "passengers": self.passengers,
            "cabin": self.cabin,
        }

    def sorted_by(self, sort: str) -> Search:
        return replace(self, sort=sort)

    def on(self, day: date) -> Search:
        """The same on another day; somebody who stays four days goes on staying four days."""
        if self.return_day is None or self.day is None:
            return replace(self, day=day)
        return replace(self, day=day, return_day=day + (self.return_day - self.day))


def read(args: MultiDict[str, str], places: Places, *, today: date) -> Search:
    """Return the search of an address, with what is wrong with it."""
    problems: dict[str, str] = {}

    def airport(name: str) -> str:
        typed = args.get(name, "").strip()
        found = places.matching(typed)
        if found:
            return found.code
        if _CODE.fullmatch(typed):
            # Maybe its name was never told here; the offers know.
            return typed.upper()
        problems[name] = (
            f"We do not know an airport “{typed}”. Type a code, a city or a name, and choose from the list."
            if typed
            else "Which airport?"
        )
        return typed[:60]

    def a_day(name: str, *, missing: str | None) -> date | None:
        typed = args.get(name, "").strip()
        if not typed:
            if missing:
                problems[name] = missing
            return None
        try:
            return date.fromisoformat(typed)
        except ValueError:
            problems[name] = "A date looks like 2026-12-01."
            return None

    origin, destination = airport("from"), airport("to")
    day, back = a_day("date", missing="Which day?"), a_day("return", missing=None)
    if origin and origin == destination and "to" not in problems:
        problems["to"] = "This is where you start from. Where to?"
    # A day's grace: on the far side of the date line it may still be yesterday.
    if day and not today - timedelta(days=1) <= day <= today + timedelta(days=MOST_AHEAD):
        problems["date"] = "This day is over." if day < today else "Flights are sold up to a year ahead."
    if day and back and back < day:
        problems["return"] = "The way back cannot be before the way out."
    passengers = args.get("passengers", "1")
    cabin, sort = args.get("cabin", "economy"), args.get("sort", "price")
    return Search(
        origin=origin,
        destination=destination,
        day=day,
        return_day=back,
        passengers=min(max(int(passengers), 1), MOST_PASSENGERS)
        if passengers.isascii() and passengers.isdigit()
        else 1,
        cabin=cabin if cabin in CABINS else "economy",
        sort=sort if sort in SORTS else "price",
        problems=problems,
    )
