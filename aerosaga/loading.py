"""Loads timetable and fares through the services' own doors, and waits until booking_svc has heard of them."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID, uuid4

from rich.console import Console

from aerosaga import console as terminal
from aerosaga import fares, timetable
from aerosaga.client import Client
from aerosaga.errors import Failed
from aerosaga.target import Surroundings
from aerosaga.timetable import Row

# How long no departure at all may become known before the wait is given up.
PATIENCE_SECONDS = 60.0
POLL_SECONDS = 0.25
# Some 200 kB: well below what a service takes in one request.
FARES_AT_ONCE = 1000


@dataclass(kw_only=True)
class Loaded:
    """What a load did; times in seconds. `heard` counts departures that booking_svc has learned of since."""

    airlines: int = 0
    airports: int = 0
    days: int = 0
    created: int = 0
    unchanged: int = 0
    heard: int = 0
    fares: int = 0
    put_seconds: float = 0.0
    total_seconds: float = 0.0
    #: The dates whose departures are new, each with the correlation id of its events and their number.
    waiting: list[tuple[UUID, int]] = field(default_factory=list)
    #: Likewise the fares that are new or changed.
    fares_waiting: list[tuple[UUID, int]] = field(default_factory=list)
    #: The routes that have their fares.
    routes: set[tuple[str, str, str]] = field(default_factory=set)

    @property
    def rate(self) -> float:
        """Departures a second, from the first request until booking_svc knew the last."""
        return (self.created + self.unchanged) / self.total_seconds if self.total_seconds else 0.0


def load(client: Client, days: Iterable[tuple[date, Sequence[Row]]], *, total: int, console: Console) -> Loaded:
    """
    Put airlines, airports, fares and `days` on sale, day by day; return when booking_svc can sell them.

    What is on sale already stays as it is, so that an interrupted load goes on where it stopped when it is begun
    again. `total` is how many departures `days` have, for the progress shown on `console`.

    :raises Failed: if booking_svc stops learning of new departures
    """
    done = Loaded()
    began = time.monotonic()
    with terminal.working(console, "Airlines and airports"):
        airlines, airports = timetable.airlines(), timetable.airports()
        client.put_airlines(airlines)
        client.put_airports(airports)
    done.airlines, done.airports = len(airlines), len(airports)
    currency = Surroundings().currency
    with terminal.counting(console, "Departures put on sale", total=total) as advance:
        for day, rows in days:
            if not done.days:
                # Before the fares, which would all be told again. Last year's Christmas may reach into this year.
                client.put_rules(fares.rules(currency))
                client.put_seasons(fares.seasons(range(day.year - 1, day.year + 2)))
            _put_fares(client, rows, currency, done)
            _put(client, day, rows, done)
            advance(len(rows))
    done.put_seconds = time.monotonic() - began
    waited_for = ((done.fares_waiting, "fare", "FareUpdated"), (done.waiting, "departure", "FlightScheduled"))
    for waiting, what, event in waited_for:
        number = sum(expected for _, expected in waiting)
        if number:
            with terminal.counting(console, f"{what.title()}s booking_svc has heard of", total=number) as advance:
                heard = _await_heard(client, waiting, advance, what=what, event=event)
            done.heard += heard if what == "departure" else 0
    done.total_seconds = time.monotonic() - began
    return done


def _put(client: Client, day: date, rows: Sequence[Row], done: Loaded) -> None:
    # An id of our own: repeated after a lost answer, the request's events still carry the id that we wait for.
    correlation_id = uuid4()
    result = client.put_schedule(day, rows, correlation_id=correlation_id)
    done.days += 1
    done.created += result["created"]
    done.unchanged += result["unchanged"]
    if result["created"]:
        done.waiting.append((correlation_id, result["created"]))


def _put_fares(client: Client, rows: Sequence[Row], currency: str, done: Loaded) -> None:
    """Put the fares of the routes that have none yet."""
    new = [row for row in rows if _route(row) not in done.routes]
    wanted = fares.fares(new, currency)
    for first in range(0, len(wanted), FARES_AT_ONCE):
        correlation_id = uuid4()
        result = client.put_fares(wanted[first : first + FARES_AT_ONCE], correlation_id=correlation_id)
        told = result["created"] + result["updated"]
        if told:
            done.fares_waiting.append((correlation_id, told))
    done.fares += len(wanted)
    done.routes.update(_route(row) for row in new)


def _route(row: Row) -> tuple[str, str, str]:
    return str(row["airline"]), str(row["origin"]), str(row["destination"])


def _await_heard(
    client: Client, waiting: Sequence[tuple[UUID, int]], advance: terminal.Advance, *, what: str, event: str
) -> int:
    """Count, request by request, the events that booking_svc has applied; return how many."""
    heard, total = 0, sum(expected for _, expected in waiting)
    for correlation_id, expected in waiting:
        known, heard_at = 0, time.monotonic()
        while known < expected:
            entries = client.timeline("booking", str(correlation_id))
            now_known = sum(1 for entry in entries if entry["kind"] == "heard" and entry["name"] == event)
            if now_known > known:
                advance(now_known - known)
                heard += now_known - known
                known, heard_at = now_known, time.monotonic()
            elif time.monotonic() - heard_at > PATIENCE_SECONDS:
                raise Failed(
                    f"booking_svc has heard of no new {what} for {PATIENCE_SECONDS:.0f} s; it knows {heard:,} of "
                    f"{total:,}. The events are safe in their service's outbox and come as soon as its sweeper and "
                    "booking_svc's consumer run: see `bin/aerosaga doctor`. Loading again changes nothing."
                )
            if known < expected:
                time.sleep(POLL_SECONDS)
    return heard
