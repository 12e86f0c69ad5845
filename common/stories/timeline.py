"""The timeline of a correlation id: what every service did, said and heard for it, merged into one order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from common.codec import moment

# What comes first of several things that one transaction did at the same microsecond.
_RANK = {"request": 0, "command": 1, "step": 1, "act": 1, "event": 2, "heard": 3}


@dataclass(frozen=True, kw_only=True)
class Entry:
    """
    One thing that happened.

    `kind` is request (somebody asked), step (a command of the saga was carried out), act (an outside party answered),
    event (published by its owner) or heard (applied by a subscriber).
    """

    at: datetime
    service: str
    kind: str
    name: str
    detail: Mapping[str, Any] = field(default_factory=dict)

    @property
    def published_at(self) -> datetime | None:
        """When the relay had an event confirmed by the broker; None while it has not."""
        text = self.detail.get("publishedAt")
        return moment(text) if text else None


@dataclass(frozen=True, kw_only=True)
class Story:
    """
    Everything that happened for one correlation id.

    `reservation` is the one it is about, empty if it is about something else; `sagas` are its runs, and `silent` the
    services that could not be asked. Reservation and runs are as booking_svc tells them.
    """

    reservation: Mapping[str, Any]
    entries: Sequence[Entry]
    sagas: Sequence[Mapping[str, Any]]
    silent: Sequence[str] = ()

    @property
    def events(self) -> list[Entry]:
        """Its events, oldest first."""
        return [each for each in self.entries if each.kind == "event"]


def merged(entries: Sequence[Entry]) -> list[Entry]:
    """Return entries of several services in one order: by time, and within a moment as one transaction acts."""
    return sorted(entries, key=lambda each: (each.at, _RANK.get(each.kind, 1)))


def entry(row: Mapping[str, Any]) -> Entry:
    """Return an entry as `GET /timeline/{correlationId}` of a service tells it."""
    return Entry(
        at=moment(row["at"]),
        service=row["service"],
        kind=row["kind"],
        name=row["name"],
        detail=row.get("detail") or {},
    )
