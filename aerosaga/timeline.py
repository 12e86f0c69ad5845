"""The timeline of a reservation: what every service did, said and heard for it, merged into one order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from aerosaga.client import Client, Json
from aerosaga.errors import Unreachable
from aerosaga.wording import moment
from deploy.topology import SERVICES

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
    """A reservation with everything that happened for it; `silent` are the services that could not be asked."""

    reservation: Json
    entries: Sequence[Entry]
    sagas: Sequence[Json]
    silent: Sequence[str] = ()

    @property
    def events(self) -> list[Entry]:
        """Its events, oldest first."""
        return [entry for entry in self.entries if entry.kind == "event"]


def tell(client: Client, locator: str) -> Story:
    """
    Return the story of a reservation, asked for as an operator.

    :raises Refused: if there is no such reservation
    """
    reservation = client.reservation(locator)
    correlation_id = reservation["correlationId"]
    entries: list[Entry] = []
    silent = []
    for service in SERVICES:
        try:
            entries += [_entry(row) for row in client.timeline(service, correlation_id)]
        except Unreachable:
            silent.append(service)
    return Story(
        reservation=reservation,
        entries=merged(entries),
        sagas=client.sagas(correlation_id),
        silent=silent,
    )


def merged(entries: Sequence[Entry]) -> list[Entry]:
    """Return entries of several services in one order: by time, and within a moment as one transaction acts."""
    return sorted(entries, key=lambda entry: (entry.at, _RANK.get(entry.kind, 1)))


def _entry(row: Json) -> Entry:
    return Entry(
        at=moment(row["at"]),
        service=row["service"],
        kind=row["kind"],
        name=row["name"],
        detail=row.get("detail") or {},
    )
