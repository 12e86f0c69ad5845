"""Draws what comes back of a reservation, a delayed or cancelled departure, and the report on one."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from aerosaga.client import Json
from aerosaga.wording import clock, count, money, price
from common.codec import moment


def quote(shown: Json) -> RenderableType:
    """Return a quote: a line for each coupon with its rule in words, and what comes back in all."""
    currency = shown["price"]["currency"]
    table = Table(box=None, pad_edge=False)
    for title, side in (("seat", "left"), ("paid", "right"), ("kept", "right"), ("back", "right"), ("rule", "left")):
        table.add_column(title, justify=side)  # type: ignore[arg-type]
    for line in shown["lines"]:
        amounts = (money(line[name], currency) for name in ("price", "fee", "refund"))
        table.add_row(line["seatNumber"], *amounts, line["words"])
    until = f", until {moment(shown['until']):%Y-%m-%d %H:%M} UTC" if shown.get("until") else ""
    total = Text(f"{shown['locator']}: {price(shown['refund'])} comes back, {price(shown['fee'])} is kept{until}.")
    return Group(table, total)


def departure(shown: Json) -> RenderableType:
    """Return a departure with its state in one sentence."""
    flight = f"{shown['airline']} {shown['flightNumber']} {shown['origin']} to {shown['destination']}"
    if shown["status"] == "cancelled":
        return Text(f"{flight} on {shown['departsLocal'][:10]} is cancelled: {shown['statusReason']}.")
    leaves, arrives = shown["departsLocal"], shown["arrivesLocal"]
    return Text(
        f"{flight} leaves {leaves[:10]} at {clock(leaves)} and arrives at {clock(arrives, since=leaves)} local time"
        f" ({shown['status']}: {shown['statusReason']})."
    )


def disruption(report: Json) -> RenderableType:
    """Return the report on a cancelled departure: reservations by what became of them, money by where it is."""
    currency = report["currency"]
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_row("reservations", count(report["reservations"], "reservation"))
    for name, title in (("cancelled", "cancelled"), ("failed", "failed before they were confirmed")):
        table.add_row(title, f"{report[name]}")
    table.add_row("still under way", f"{report['underWay']}")
    for name, title in (
        ("refundDue", "to go back"),
        ("refunded", "refunded"),
        ("voided", "let go, never taken"),
        ("outstanding", "not back yet"),
    ):
        table.add_row(title, money(report[name], currency))
    return Group(Text(f"The disruption is {report['state']}."), table)
