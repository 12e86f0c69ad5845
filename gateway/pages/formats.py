"""Money, days, times and numbers of things, as the reader writes them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from babel.dates import format_date, format_datetime, format_time
from babel.numbers import format_currency
from flask import has_request_context, request
from markupsafe import Markup

from common import clock as system

# The pages are in English; how its readers write money and times differs.
_LOCALES = ("en-US", "en-GB", "en-CA", "en-AU", "en-IE", "en-IN", "en-NZ", "en-ZA")


def locale() -> str:
    """Return the reader's locale, as babel names it."""
    chosen = request.accept_languages.best_match(_LOCALES) if has_request_context() else None
    return (chosen or _LOCALES[0]).replace("-", "_")


def money(amount: Decimal, currency: str) -> str:
    """450.00 USD as $450.00."""
    return format_currency(amount, currency, locale=locale())


def price(amount: Decimal, currency: str) -> str:
    """450.00 USD as $450: for prices that stand side by side, where all of them are round."""
    return money(amount, currency) if amount % 1 else format_currency(amount, currency, "¤#,##0", locale(), False)


def clock(local: str) -> str:
    """The time of day of a local time, as the clock at its airport shows it."""
    return format_time(_local(local), "short", locale=locale())


def day(local: str | date) -> str:
    """A date, short and with its weekday: Tue, Dec 1."""
    return format_date(_date(local), "E d MMM" if locale() != "en_US" else "E, MMM d", locale=locale())


def long_day(local: str | date) -> str:
    """A date in full: Tuesday, December 1, 2026."""
    return format_date(_date(local), "full", locale=locale())


def days_later(departs: str, arrives: str) -> int:
    """How many dates later than it left a flight arrives, each by the clocks there."""
    return (_date(arrives) - _date(departs)).days


def duration(minutes: int) -> str:
    """375 as 6 h 15 min."""
    hours, rest = divmod(minutes, 60)
    return " ".join([*([f"{hours} h"] if hours else []), *([f"{rest} min"] if rest or not hours else [])])


def minutes_between(earlier: datetime, later: datetime) -> int:
    return int((later - earlier).total_seconds() // 60)


def count(number: int, one: str, many: str | None = None) -> str:
    """1, "seat" as 1 seat; 2 as 2 seats."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def listed(words: list[str]) -> str:
    """A, B and C."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def moment(at: datetime, style: str = "medium") -> Markup:
    """
    An instant as an element: in UTC until the reader's browser shows it in their own zone, with UTC one hover away.

    `style` is medium (day and time), time, clock (without seconds), or relative (a countdown or an age is added).
    """
    utc = at.astimezone(UTC)
    lengths = {"time": "medium", "clock": "short"}
    text = format_time(utc, lengths[style], locale=locale()) if style in lengths else _medium(utc)
    return Markup('<time datetime="{}" data-moment="{}" title="{}">{} UTC</time>').format(
        utc.strftime("%Y-%m-%dT%H:%M:%SZ"), style, f"{_medium(utc)} UTC", text
    )


def coded(text: str) -> Markup:
    """Text in which what stands between backticks is code."""
    parts = [
        Markup("<code>{}</code>" if place % 2 else "{}").format(part) for place, part in enumerate(text.split("`"))
    ]
    return Markup("").join(parts)


def lasted(seconds: float) -> str:
    """A length of time in its two largest units: 0.42 s, 12 s, 3 min 20 s, 2 h 5 min, 3 d 4 h."""
    if seconds < 10:
        return f"{max(seconds, 0):.2f} s"
    whole = int(seconds)
    for unit, size, smaller, rest in (("d", 86400, "h", 3600), ("h", 3600, "min", 60), ("min", 60, "s", 1)):
        if whole >= size:
            return f"{whole // size} {unit} {whole % size // rest} {smaller}"
    return f"{whole} s"


def age(at: datetime) -> Markup:
    """How long ago an instant was, as an element: the reader's browser lets it grow."""
    return Markup('<span data-since="{}">{}</span>').format(
        at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"), lasted((system.now() - at).total_seconds())
    )


def until(at: datetime) -> Markup:
    """How long an instant is away, as an element that the reader's browser counts down."""
    left = max(int((at - system.now()).total_seconds()), 0)
    return Markup('<b data-until="{}">{}:{:02}</b>').format(
        at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"), left // 60, left % 60
    )


def filters() -> dict[str, Any]:
    """Return what templates use, by name."""
    of_flights = (money, price, clock, day, long_day, days_later, duration, minutes_between)
    named = (*of_flights, count, listed, moment, lasted, age, until, coded)
    return {each.__name__: each for each in named}


def _medium(utc: datetime) -> str:
    return format_datetime(utc, "medium", locale=locale())


def _local(local: str) -> datetime:
    # Without its offset: babel would go to UTC and back by a zone that an offset does not name.
    return datetime.fromisoformat(local).replace(tzinfo=None)


def _date(local: str | date) -> date:
    return date.fromisoformat(local[:10]) if isinstance(local, str) else local
