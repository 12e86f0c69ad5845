"""Charts of the last hour: bookings, failures by reason, how long bookings take, what waits in queues and outboxes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import make_response, redirect, render_template, request
from pydantic import Field
from werkzeug.wrappers import Response

from gateway.pages.errors import Away
from gateway.pages.operator.api import operations
from gateway.pages.operator.drawing import MOST_SERIES, Chart, Series, bars, lines
from gateway.pages.operator.gate import console_blueprint
from gateway.pages.shapes import Shape

blueprint = console_blueprint("ops-charts", __name__)

#: How far back charts go, in minutes, by the word for it in the address.
SPANS = {"30m": 30, "1h": 60, "3h": 180}


class Minute(Shape):
    """What gateway-stream heard of one minute; durations in seconds, of what waits the most that was seen."""

    at: datetime
    begun: int
    confirmed: int
    failed: int
    cancelled: int
    reasons: dict[str, int]
    p50: float | None
    p99: float | None
    waiting: dict[str, int]


class Figures(Shape):
    """What gateway-stream counted since it began to hear, minute by minute; `waiting` is how it is now."""

    since: datetime
    at: datetime
    waiting: dict[str, int]
    minutes: list[Minute] = Field(min_length=1)


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A chart on the page: `unit` stands after each figure, `decimals` are shown of it."""

    key: str
    title: str
    words: str
    chart: Chart
    none: str
    unit: str = ""
    decimals: int = 0
    sums: bool = True


@blueprint.get("/ops/charts")
def show() -> Response:
    """Show the charts."""
    return make_response(render_template("ops/charts.html", **_shown()))


@blueprint.get("/ops/charts/figures")
def figures() -> Response:
    """Return the part of the page that changes."""
    if request.headers.get("HX-Request") != "true":
        return redirect("/ops/charts", 303)
    return make_response(render_template("ops/figures.html", **_shown()))


def _shown() -> dict[str, Any]:
    span = request.args.get("span", "1h")
    span = span if span in SPANS else "1h"
    try:
        told = Figures.model_validate(operations().get("stream", "/figures"))
    except Away:
        return {"span": span, "spans": SPANS, "told": None, "shown": []}
    return {"span": span, "spans": SPANS, "told": told, "shown": _charts(told.minutes[-SPANS[span] :])}


def _charts(minutes: Sequence[Minute]) -> list[Shown]:
    at = [minute.at for minute in minutes]
    return [
        Shown(
            key="bookings",
            title="Bookings a minute",
            words="Reservations by what became of them, in the minute it happened.",
            chart=bars(
                [
                    Series(name="confirmed", values=[minute.confirmed for minute in minutes]),
                    Series(name="failed", values=[minute.failed for minute in minutes]),
                    Series(name="cancelled", values=[minute.cancelled for minute in minutes]),
                ],
                at,
            ),
            none="No reservation came to an end in this time.",
        ),
        Shown(
            key="failures",
            title="Failures by reason",
            words="Reservations that ended without a seat, by why.",
            chart=bars(_reasons(minutes), at),
            none="No reservation failed in this time.",
        ),
        Shown(
            key="latency",
            title="From request to end",
            words="How long reservations took that were paid at once: half, and 99 of 100, took at most so long.",
            chart=lines(
                [
                    Series(name="half (p50)", values=[minute.p50 for minute in minutes]),
                    Series(name="99 of 100 (p99)", values=[minute.p99 for minute in minutes]),
                ],
                at,
            ),
            none="No reservation that was paid at once came to an end in this time.",
            unit=" s",
            decimals=3,
            sums=False,
        ),
        Shown(
            key="waiting",
            title="Messages that wait",
            words="In queues and outboxes, the most that was seen in each minute; looks are 10 or 20 seconds apart.",
            chart=lines(_waiting(minutes), at),
            none="Whenever it was looked, every queue and every outbox was empty.",
            sums=False,
        ),
    ]


def _reasons(minutes: Sequence[Minute]) -> list[Series]:
    """Return a series for each of the most frequent reasons, and one for all others."""
    totals: Counter[str] = Counter()
    for minute in minutes:
        totals.update(minute.reasons)
    names = [name for name, _ in totals.most_common(MOST_SERIES - 1)]
    found = [Series(name=name, values=[minute.reasons.get(name, 0) for minute in minutes]) for name in names]
    if len(totals) > len(names):
        rest = [sum(minute.reasons.values()) - sum(minute.reasons.get(name, 0) for name in names) for minute in minutes]
        found.append(Series(name="other reasons", values=rest))
    return found


def _waiting(minutes: Sequence[Minute]) -> list[Series]:
    """Return a series for each queue or outbox in which most waited; those that were always empty are left out."""
    most: Counter[str] = Counter()
    for minute in minutes:
        for name, count in minute.waiting.items():
            most[name] = max(most[name], count)
    names = [name for name, count in most.most_common(MOST_SERIES) if count]
    return [Series(name=name, values=[minute.waiting.get(name) for minute in minutes]) for name in names]
