"""How departures and reservations look in a terminal of 100 columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from aerosaga.client import Json
from aerosaga.timeline_view import heading
from aerosaga.wording import clock, distance, duration, money, reason
from common.codec import moment

_PAYMENT_STYLES = {"failed": "red", "voided": "red", "captured": "green", "authorized": "green"}


def departures(found: Sequence[Json], availability: Mapping[int, Json]) -> Table:
    """Return departures of a day; one that booking_svc does not know yet has no free seats to show."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("departure", "flight", "airline", "leaves", "arrives", "takes", "aircraft", "free", "from"):
        numeric = title in {"departure", "takes", "free", "from"}
        table.add_column(
            title,
            justify="right" if numeric else "left",
            no_wrap=True,
            overflow="ellipsis",
            # What may be cut off, so that nothing else is in 100 columns.
            max_width={"airline": 16, "aircraft": 15}.get(title),
        )
    for each in found:
        known = availability.get(each["departureId"])
        table.add_row(
            Text(str(each["departureId"]), style="bold cyan"),
            f"{each['airline']} {each['flightNumber']}",
            Text(each["airlineName"]),
            clock(each["departsLocal"]),
            clock(each["arrivesLocal"], since=each["departsLocal"]),
            duration(each["durationMinutes"]),
            Text(each["aircraft"]),
            f"{known['free']}/{each['seats']}" if known else "soon",
            money(known["fromPrice"], known["currency"]) if known and known["fromPrice"] is not None else "",
        )
    return table


def reservation(shown: Json, *, payments: Sequence[Json], now: datetime) -> RenderableType:
    """Return a reservation as a traveller wants to read it; `payments` are what payment_svc says of its payments."""
    parts: list[RenderableType] = [heading(shown)]
    passengers = {
        place: f"{person['firstName']} {person['lastName']}"
        for place, person in enumerate(shown["passengers"], start=1)
    }
    seats = _grid()
    for seat in shown["seats"]:
        arrives = clock(seat["arrivesLocal"], since=seat["departsLocal"])
        seats.add_row(
            Text(passengers.get(seat["passenger"], "")),
            Text(f"seat {seat['seatNumber']}", style="bold"),
            seat["cabin"],
            f"{seat['airline']} {seat['flightNumber']} {seat['origin']} to {seat['destination']}",
            f"{datetime.fromisoformat(seat['departsLocal']):%a %d %b} {clock(seat['departsLocal'])} to {arrives}",
        )
    parts.append(seats)
    if payments:
        parts.append(_payments(payments))
    if shown["status"] == "pending":
        pay_by = moment(shown["payBy"])
        parts.append(Text(f"held until {pay_by:%H:%M:%S} UTC ({distance(now=now, then=pay_by)})", style="yellow"))
    return Group(*parts)


def _payments(payments: Sequence[Json]) -> Table:
    table = _grid()
    for payment in payments:
        status = Text(payment["status"], style=_PAYMENT_STYLES.get(payment["status"], "yellow"))
        table.add_row(
            Text(f"payment {payment['part']}"),
            Text(payment["kind"] or ""),
            money(payment["amount"], payment["currency"]),
            status,
            Text(reason(payment["reason"]) if payment.get("reason") else payment.get("address") or ""),
            Text(payment["authId"], style="dim"),
        )
    return table


def _grid() -> Table:
    return Table.grid(padding=(0, 2, 0, 0))


def facts(rows: Mapping[str, Any]) -> Table:
    """Return names with their values, aligned."""
    table = _grid()
    for name, value in rows.items():
        table.add_row(Text(name, style="dim"), value if isinstance(value, Text) else Text(str(value)))
    return table
