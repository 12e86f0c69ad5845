"""How money, times and names are written for people."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

# A hold lasts minutes; an offset beyond this is easier to read in minutes and seconds.
LONGEST_IN_SECONDS = 100


def money(amount: Any, currency: str) -> str:
    """Return an amount with its currency: 450.00 USD."""
    return f"{Decimal(str(amount)):,.2f} {currency}"


def price(value: Mapping[str, Any]) -> str:
    """Return a price as services tell it: `{amount, currency}`."""
    return money(value["amount"], value["currency"])


def clock(local: str, *, since: str | None = None) -> str:
    """Return the clock time of a local time, with +1 if its date is the one after that of `since`."""
    shown = datetime.fromisoformat(local)
    days = (shown.date() - datetime.fromisoformat(since).date()).days if since else 0
    return f"{shown:%H:%M}" + (f" {days:+d}" if days else "")


def duration(minutes: int) -> str:
    """Return minutes as hours and minutes: 6h05."""
    return f"{minutes // 60}h{minutes % 60:02}"


def offset(seconds: float) -> str:
    """Return a time since the beginning: +0.312, or +15:00.3 when it is long."""
    if seconds < LONGEST_IN_SECONDS:
        return f"{seconds:+.3f}"
    minutes, rest = divmod(seconds, 60)
    return f"+{minutes:.0f}:{rest:04.1f}"


def distance(*, now: datetime, then: datetime) -> str:
    """Return how far off a time is: "in 12 s", "in 14 min", "now" when it has come or gone."""
    seconds = (then - now).total_seconds()
    if seconds < 1:
        return "now"
    return f"in {seconds:.0f} s" if seconds < LONGEST_IN_SECONDS else f"in {seconds / 60:.0f} min"


def count(number: int, one: str, many: str | None = None) -> str:
    """Return a number with its noun: 1 seat, 2 seats."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def reason(code: str | None) -> str:
    """Return a machine-readable reason as words: insufficient_funds becomes insufficient funds."""
    return (code or "no reason was given").replace("_", " ")
