"""Names of airports and airlines, asked for once in a while and kept."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping

from flask import current_app

from gateway.pages import shapes
from gateway.pages.api import Api
from gateway.pages.errors import Away, Refused

_KEPT_SECONDS = 300.0
# While there are none yet (the first minute of a new installation), they are looked for again soon.
_KEPT_EMPTY_SECONDS = 3.0
_MOST_PAGES = 40


class Places:
    """The airports and airlines that airline_svc knows; codes stand for themselves while it is away."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._lock = threading.Lock()
        self._until = 0.0
        self._airports: Mapping[str, shapes.Airport] = {}
        self._airlines: Mapping[str, str] = {}

    def airport(self, code: str) -> shapes.Airport | None:
        self._refresh()
        return self._airports.get(code)

    def city(self, code: str) -> str:
        """The city of an airport, its code if it is not known."""
        found = self.airport(code)
        return found.city if found else code

    def named(self, code: str) -> str:
        """New York (JFK)."""
        found = self.airport(code)
        return f"{found.city} ({code})" if found else code

    def airline(self, code: str) -> str:
        self._refresh()
        return self._airlines.get(code, code)

    def matching(self, text: str) -> shapes.Airport | None:
        """Return the one airport that somebody means who typed a code, a city, or both; None if it is unclear."""
        wanted = text.strip().casefold()
        self._refresh()
        for airport in self._airports.values():
            if wanted in {airport.code.casefold(), self.named(airport.code).casefold()}:
                return airport
        meant = [
            airport
            for airport in self._airports.values()
            if wanted and (airport.city.casefold().startswith(wanted) or airport.name.casefold().startswith(wanted))
        ]
        return meant[0] if len(meant) == 1 else None

    def _refresh(self) -> None:
        if time.monotonic() < self._until:
            return
        with self._lock:
            if time.monotonic() < self._until:
                return
            try:
                self._airlines = {airline.code: airline.name for airline in self._api.airlines()}
                self._airports = {airport.code: airport for airport in self._all()}
            except (Away, Refused):
                pass  # What was known is still good.
            kept = _KEPT_SECONDS if self._airports else _KEPT_EMPTY_SECONDS
            self._until = time.monotonic() + kept

    def _all(self) -> list[shapes.Airport]:
        found, pages = self._api.airports(page=1)
        for page in range(2, min(pages, _MOST_PAGES) + 1):
            found += self._api.airports(page=page)[0]
        return found


def places() -> Places:
    """Return those of this application."""
    found = current_app.extensions["places"]
    assert isinstance(found, Places)
    return found
