"""The console's pages in the order in which they are offered; one that is not installed is not offered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import current_app, request


@dataclass(frozen=True)
class Link:
    """A page of the console: its title, its path, and the blueprint that has it."""

    title: str
    path: str
    blueprint: str

    @property
    def is_here(self) -> bool:
        """Whether the page that is shown is this one, or one below it."""
        return request.path == self.path or (self.path != _HOME and request.path.startswith(self.path + "/"))


_HOME = "/ops"
LINKS = (
    Link("Health", _HOME, "ops-health"),
    Link("Sagas", "/ops/sagas", "ops-sagas"),
    Link("Events", "/ops/events", "ops-events"),
    Link("Parked", "/ops/parked", "ops-parked"),
    Link("Charts", "/ops/charts", "ops-charts"),
    Link("Departures", "/ops/departures", "ops-departures"),
    Link("Audit", "/ops/audit", "ops-audit"),
    Link("Switches", "/ops/switches", "ops-switches"),
    Link("Clock", "/ops/clock", "ops-clock"),
)


def shown() -> Sequence[Link]:
    """Return the pages that this application has."""
    return [link for link in LINKS if link.blueprint in current_app.blueprints]
