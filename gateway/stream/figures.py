"""Figures of the last hours, minute by minute: what became of bookings, how long they took, what waited in queues."""

from __future__ import annotations

import math
from collections import Counter, OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from common import clock

#: So many minutes are kept.
KEEPS = 180
# Of a minute so many durations are kept; beyond, its percentiles are those of the first.
_MOST_DURATIONS = 5000
# Bookings under way whose beginning is remembered, and events that are known when they come again.
_MOST_REMEMBERED = 50_000
_OUTCOMES = {
    "ReservationInitiated": "begun",
    "ReservationConfirmed": "confirmed",
    "ReservationFailed": "failed",
    "ReservationCancelled": "cancelled",
}
#: Upper bounds, in seconds, of the histogram of durations.
BOUNDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, math.inf)


@dataclass
class Minute:
    """What happened in one minute; of what waits, the most that was seen in it."""

    outcomes: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    durations: list[float] = field(default_factory=list)
    waiting: dict[str, int] = field(default_factory=dict)

    def told(self, at: int) -> dict[str, Any]:
        """Return it as JSON tells it; `at` is its beginning in minutes since 1970."""
        return {
            "at": datetime.fromtimestamp(at * 60, UTC).isoformat(),
            **{outcome: self.outcomes[outcome] for outcome in _OUTCOMES.values()},
            "reasons": dict(self.reasons),
            "p50": percentile(self.durations, 0.5),
            "p99": percentile(self.durations, 0.99),
            "waiting": dict(self.waiting),
        }


class Figures:
    """
    The figures of this process, since it began to hear. Not for use by two threads.

    A booking that is paid at once takes from its first event to its last, by the clock of booking_svc's database; one
    that is paid later takes as long as its payer likes, and is counted but not measured.
    """

    def __init__(self) -> None:
        self.since = clock.now()
        #: Since the beginning, by outcome and reason.
        self.totals: Counter[tuple[str, str]] = Counter()
        self.durations: Counter[float] = Counter()
        self.duration_sum = 0.0
        self.waiting: dict[str, int] = {}
        self._minutes: OrderedDict[int, Minute] = OrderedDict()
        self._begun: OrderedDict[int, datetime] = OrderedDict()
        self._known: OrderedDict[str, None] = OrderedDict()

    def note(self, told: Mapping[str, Any]) -> None:
        """Count the body of an event, if it is one of a booking and did not come before."""
        outcome = _OUTCOMES.get(str(told.get("type")))
        at = _moment(told.get("occurredAt"))
        if outcome is None or at is None or not self._is_new(str(told.get("eventId"))):
            return
        minute = self._minute(at)
        minute.outcomes[outcome] += 1
        reason = str(told.get("reason", "")) if outcome in {"failed", "cancelled"} else ""
        self.totals[outcome, reason] += 1
        if outcome == "failed":
            minute.reasons[reason] += 1
        self._measure(outcome, told, at, minute)

    def note_waiting(self, seen: Mapping[str, int]) -> None:
        """Note how many messages wait now, by the name of their queue or outbox."""
        self.waiting = dict(seen)
        minute = self._minute(clock.now())
        for name, count in seen.items():
            minute.waiting[name] = max(count, minute.waiting.get(name, 0))

    def told(self, *, minutes: int) -> dict[str, Any]:
        """Return the last minutes as JSON tells them, oldest first; those in which nothing happened are among them."""
        last = int(clock.now().timestamp() // 60)
        shown = [(at, self._minutes.get(at, Minute())) for at in range(last - minutes + 1, last + 1)]
        return {
            "since": self.since.isoformat(),
            "at": clock.now().isoformat(),
            "waiting": self.waiting,
            "minutes": [minute.told(at) for at, minute in shown],
        }

    def _measure(self, outcome: str, told: Mapping[str, Any], at: datetime, minute: Minute) -> None:
        reservation = told.get("reservationId")
        if not isinstance(reservation, int):
            return
        if outcome == "begun":
            if not told.get("payLater"):
                _remember(self._begun, reservation, at)
            return
        began = self._begun.pop(reservation, None)
        if began is None or outcome not in {"confirmed", "failed"}:
            return
        seconds = max(0.0, (at - began).total_seconds())
        self.duration_sum += seconds
        self.durations[next(bound for bound in BOUNDS if seconds <= bound)] += 1
        if len(minute.durations) < _MOST_DURATIONS:
            minute.durations.append(seconds)

    def _minute(self, at: datetime) -> Minute:
        number = int(at.timestamp() // 60)
        if number not in self._minutes:
            self._minutes[number] = Minute()
            for old in [each for each in self._minutes if each <= number - KEEPS]:
                del self._minutes[old]
        return self._minutes[number]

    def _is_new(self, event_id: str) -> bool:
        # A relay that dies at the wrong moment publishes an event twice.
        if event_id in self._known:
            return False
        _remember(self._known, event_id, None)
        return True


def percentile(values: list[float], share: float) -> float | None:
    """Return the value that `share` of the others do not exceed (nearest rank); None of none."""
    if not values:
        return None
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def _remember(known: OrderedDict[Any, Any], key: Any, value: Any) -> None:
    known[key] = value
    if len(known) > _MOST_REMEMBERED:
        known.popitem(last=False)


def _moment(said: Any) -> datetime | None:
    if isinstance(said, datetime):
        return said
    try:
        return datetime.fromisoformat(str(said))
    except ValueError:
        return None
