"""Departures: how full they are, their delays and cancellations, and what became of a cancelled one's reservations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flask import flash, make_response, redirect, render_template, request
from werkzeug.wrappers import Response

from common import clock
from gateway.pages.errors import Away, Refused
from gateway.pages.operator.acting import Reason, reason_of
from gateway.pages.operator.api import Question, operations
from gateway.pages.operator.gate import console_blueprint
from gateway.pages.places import places
from gateway.pages.shapes import Available, Flight, Shape

blueprint = console_blueprint("ops-departures", __name__)

_PAGE_SIZE = 50
# As long as flight_svc takes a reason, which travellers read.
_LONGEST_REASON = 120
_MOST_MINUTES = 7 * 24 * 60


class Departure(Flight):
    """A departure as flight_svc tells it; `load` is the share of its seats that is sold or held, where it is known."""

    departs_at: datetime
    scheduled_departs_at: datetime
    aircraft: str
    seats: int
    status: str
    status_reason: str | None
    free: int | None = None

    @property
    def name(self) -> str:
        return f"{self.airline} {self.flight_number}"

    @property
    def taken(self) -> int | None:
        return None if self.free is None else max(0, self.seats - self.free)

    @property
    def load(self) -> int | None:
        """How many of a hundred seats are sold or held."""
        return None if self.taken is None or not self.seats else round(100 * self.taken / self.seats)

    @property
    def delay_minutes(self) -> int:
        return int((self.departs_at - self.scheduled_departs_at).total_seconds() // 60)


class Report(Shape):
    """What became of the reservations of a cancelled departure."""

    state: str
    began_at: datetime
    ended_at: datetime | None
    reservations: int
    cancelled: int
    failed: int
    under_way: int
    currency: str
    refund_due: Decimal
    refunded: Decimal
    voided: Decimal
    outstanding: Decimal

    @property
    def moves(self) -> bool:
        """Whether it will change by itself."""
        return self.state != "complete" or self.outstanding > 0


@blueprint.get("/ops/departures")
def listing() -> Response:
    """Show the departures of a day between two airports, with how full they are."""
    if number := request.args.get("number", "").strip():
        if number.isascii() and number.isdigit() and len(number) <= 18:
            return redirect(f"/ops/departures/{int(number)}", 303)
        return _list(problems={"number": "A departure's number has digits only."})
    typed = {name: request.args.get(name, "").strip() for name in ("from", "to", "date")}
    if not any(typed.values()):
        return _list(typed={**typed, "date": clock.now().date().isoformat()})
    codes, problems = {}, {}
    for name in ("from", "to"):
        airport = places().matching(typed[name])
        codes[name] = airport.code if airport else typed[name].upper()
        if not airport:
            problems[name] = "Which airport? Its code will do, such as JFK."
    try:
        day = date.fromisoformat(typed["date"])
    except ValueError:
        problems["date"] = "Choose a day."
    if problems:
        return _list(typed=typed, problems=problems)
    page = max(1, request.args.get("page", 1, type=int))
    query = {"from": codes["from"], "to": codes["to"], "date": day.isoformat(), "page": page, "page_size": _PAGE_SIZE}
    rows, where = operations().page("flight", "/departures", **query)
    found = _with_load([Departure.model_validate(row) for row in rows])
    return _list(typed={**typed, **codes}, found=found, pages=int(where.get("total_pages", 1)), page=page, asked=True)


@blueprint.get("/ops/departures/<int:number>")
def show(number: int) -> Response:
    """Show one departure, and what may be done about it."""
    return _page(number)


@blueprint.get("/ops/departures/<int:number>/disruption")
def disruption(number: int) -> Response:
    """Return the part of a cancelled departure's page that changes."""
    if request.headers.get("HX-Request") != "true":
        return redirect(f"/ops/departures/{number}", 303)
    return make_response(render_template("ops/disruption.html", report=_report(number), number=number))


@blueprint.post("/ops/departures/<int:number>")
def act(number: int) -> Response:
    """Delay a departure, or cancel it for good."""
    reason = reason_of(request.form, longest=_LONGEST_REASON)
    if request.form.get("act") == "cancel":
        if reason.problems:
            return _page(number, opened="cancel", problems=reason.problems, status=422)
        return _do(number, "cancellation", {"reason": reason.text}, said="It is cancelled. Its reservations follow.")
    return _delay(number, reason)


def _delay(number: int, reason: Reason) -> Response:
    typed = request.form.get("minutes", "").strip()
    problems = dict(reason.problems)
    minutes = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 6 else None
    if minutes is None or minutes > _MOST_MINUTES:
        problems["minutes"] = "How many minutes after the timetable's time? 0 takes a delay back."
    if problems:
        return _page(number, opened="delay", problems=problems, status=422)
    said = "It leaves by the timetable again." if minutes == 0 else f"It leaves {minutes} minutes late."
    return _do(number, "delays", {"minutes": minutes, "reason": reason.text}, said=said)


def _do(number: int, what: str, body: Mapping[str, Any], *, said: str) -> Response:
    try:
        operations().act("POST", "flight", f"/departures/{number}/{what}", body)
    except Refused as refusal:
        flash(refusal.detail, "bad")
    else:
        flash(f"{said} Whoever has booked it is written to.", "good")
    return redirect(f"/ops/departures/{number}", 303)


def _list(
    *,
    typed: Mapping[str, str] | None = None,
    problems: Mapping[str, str] | None = None,
    found: Sequence[Departure] = (),
    pages: int = 1,
    page: int = 1,
    asked: bool = False,
) -> Response:
    shown = render_template(
        "ops/departures.html",
        typed=typed or {},
        problems=problems or {},
        found=found,
        pages=pages,
        page=page,
        asked=asked,
        path=request.args.to_dict() | {"page": ""},
    )
    return make_response(shown, 422 if problems else 200)


def _page(number: int, *, opened: str = "", problems: Mapping[str, str] | None = None, status: int = 200) -> Response:
    departure = Departure.model_validate(operations().get("flight", f"/departures/{number}"))
    [departure] = _with_load([departure])
    shown = render_template(
        "ops/departure.html",
        departure=departure,
        report=_report(number) if departure.status == "cancelled" else None,
        number=number,
        opened=opened,
        problems=problems or {},
        reason=request.form.get("reason", ""),
        minutes=request.form.get("minutes", str(departure.delay_minutes or "")),
    )
    return make_response(shown, status)


def _with_load(found: list[Departure]) -> list[Departure]:
    """Return departures with how many of their seats are free, where booking_svc says so."""
    if not found:
        return found
    ids = [each.departure_id for each in found]
    [answer] = operations().together([Question(service="booking", path="/availability", params={"departureId": ids})])
    rows = [Available.model_validate(row) for row in answer.body] if answer.is_good else []
    free = {row.departure_id: row.free for row in rows}
    return [each.model_copy(update={"free": free.get(each.departure_id)}) for each in found]


def _report(number: int) -> Report | None:
    """Return what became of its reservations; None while booking_svc has not heard that it is cancelled."""
    try:
        return Report.model_validate(operations().get("booking", f"/disruptions/{number}"))
    except (Away, Refused):
        return None
