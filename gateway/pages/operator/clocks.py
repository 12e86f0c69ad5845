"""What time it is, by every service's database and by its process; and in the demo, an hour later at a press."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from flask import flash, make_response, redirect, render_template, request
from werkzeug.wrappers import Response

from common import clock
from gateway.pages.errors import Refused
from gateway.pages.formats import lasted
from gateway.pages.operator.acting import reason_of
from gateway.pages.operator.api import operations
from gateway.pages.operator.gate import console_blueprint
from gateway.pages.shapes import Shape

blueprint = console_blueprint("ops-clock", __name__)

#: How far the clock is moved at a press, in seconds; any other number of minutes can be typed.
STEPS = {300: "5 minutes", 3600: "1 hour", 86400: "1 day"}
_MOST_MINUTES = clock.FURTHEST_AT_ONCE // 60
# The service whose audit log has the moves: the clock is one for all.
_BY = "booking"
# Clocks that are further apart than this make deadlines hard to read.
_APART_SECONDS = 2.0


class Times(Shape):
    """What time it is by a service."""

    database: datetime
    process: datetime
    ahead_seconds: int
    movable: bool


@dataclass(frozen=True, kw_only=True)
class Clock:
    """What time it is by a service's database, and by the process that asked it."""

    service: str
    told: Times

    @property
    def apart(self) -> float:
        """How many seconds the database is ahead of where it should be."""
        return (self.told.database - self.told.process).total_seconds() - self.told.ahead_seconds

    @property
    def is_off(self) -> bool:
        return abs(self.apart) > _APART_SECONDS


@blueprint.get("/ops/clock")
def show() -> Response:
    """Show the clocks, and what moves them where they can be moved."""
    return _page()


@blueprint.post("/ops/clock")
def move() -> Response:
    """Move the clock of the whole system ahead."""
    reason = reason_of(request.form)
    problems = dict(reason.problems)
    seconds = _seconds(request.form)
    if seconds is None:
        problems["minutes"] = f"How many minutes, from 1 to {_MOST_MINUTES:,}?"
    since = request.form.get("since", "")
    if problems or seconds is None or not (since.isascii() and since.isdigit() and len(since) < 10):
        return _page(problems=problems, status=422)
    # From where the page saw it: a second press, or a second operator, does not move it twice.
    body = {"aheadSeconds": int(since) + seconds, "reason": reason.text}
    try:
        operations().act("PUT", _BY, "/clock", body)
    except Refused as refusal:
        flash(refusal.detail, "bad")
    else:
        flash(f"It is {lasted(seconds)} later now. What has become due by that is done within seconds.", "good")
    return redirect("/ops/clock", 303)


def _seconds(form: Mapping[str, str]) -> int | None:
    """Return how far a form wants the clock to be moved, None if it does not say."""
    chosen = form.get("by", "")
    if chosen in map(str, STEPS):
        return int(chosen)
    minutes = form.get("minutes", "").strip()
    if not (minutes.isascii() and minutes.isdigit() and len(minutes) < 6 and 1 <= int(minutes) <= _MOST_MINUTES):
        return None
    return int(minutes) * 60


def _page(*, problems: Mapping[str, str] | None = None, status: int = 200) -> Response:
    clocks, silent = _clocks()
    ahead = max((each.told.ahead_seconds for each in clocks), default=0)
    shown = render_template(
        "ops/clock.html",
        clocks=clocks,
        silent=silent,
        movable=any(each.told.movable for each in clocks),
        ahead=ahead,
        left=clock.FURTHEST - ahead,
        steps=STEPS,
        problems=problems or {},
        by=request.form.get("by", ""),
        minutes=request.form.get("minutes", ""),
        reason=request.form.get("reason", ""),
        now=clock.now(),
    )
    return make_response(shown, status)


def _clocks() -> tuple[list[Clock], list[str]]:
    found, silent = [], []
    for service, answer in operations().of_all("/clock").items():
        if answer.is_good:
            found.append(Clock(service=service, told=Times.model_validate(answer.body)))
        else:
            silent.append(service)
    return found, silent
