"""How a timeline looks in a terminal of 100 columns, and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import simplejson
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from aerosaga.wording import count, distance, money, offset, price, reason
from common import codec
from common.stories import Coming, Entry, Story, to_come

_STYLES = {
    "request": "bold cyan",
    "command": "green",
    "step": "green",
    "act": "yellow",
    "event": "magenta",
    "heard": "blue",
    "undo": "red",
    "publish": "magenta",
    "hear": "blue",
    "settle": "yellow",
    "clock": "dim",
}
_STATUS_STYLES = {"confirmed": "bold green", "failed": "bold red", "cancelled": "bold red", "pending": "bold yellow"}
# Steps that undo, and outcomes that begin an undo, are red wherever they stand.
_UNDOES = {"turn back", "release seats", "void payment"}


def view(story: Story, *, now: datetime) -> RenderableType:
    """Return the timeline: a heading, one line for each entry, and what is still to come at `now`."""
    correlation = Text(f"correlation id {story.reservation['correlationId']}", style="dim")
    parts: list[RenderableType] = [heading(story.reservation), correlation, Text(), _happened(story)]
    coming = to_come(story)
    ahead = [Text("still to come", style="bold")] if coming else [Text("nothing is still to come", style="bold")]
    parts += [Text(), *ahead]
    if coming:
        parts.append(_ahead(coming, now=now))
    for service in story.silent:
        parts.append(Text(f"{service}_svc did not answer: what it did, said and heard is missing here.", style="red"))
    return Group(*parts)


def heading(reservation: Mapping[str, Any]) -> Text:
    """Return one line: locator, status with its reason, seats and price."""
    status = reservation["status"]
    text = Text.assemble(
        (reservation["locator"], "bold"),
        "  ",
        (status, _STATUS_STYLES.get(status, "bold")),
    )
    if reservation.get("failureReason"):
        text.append(f" ({reason(reservation['failureReason'])})", style="red")
    text.append(f"  {count(len(reservation['seats']), 'seat')}, {price(reservation['price'])}")
    return text


def as_json(story: Story, *, now: datetime) -> str:
    """Return the timeline as JSON: reservation, entries, sagas, toCome, and silent services."""
    document = {
        "reservation": story.reservation,
        "entries": [
            {
                "at": codec.utc_text(entry.at),
                "service": entry.service,
                "kind": entry.kind,
                "name": entry.name,
                "detail": entry.detail,
            }
            for entry in story.entries
        ],
        "sagas": story.sagas,
        "toCome": [
            {
                "kind": coming.kind,
                "service": coming.service,
                "what": coming.what,
                "at": codec.utc_text(coming.at) if coming.at else None,
            }
            for coming in to_come(story)
        ],
        "silent": list(story.silent),
        "asOf": codec.utc_text(now.astimezone(UTC)),
    }
    return simplejson.dumps(document, use_decimal=True, indent=2, ensure_ascii=False)


def _happened(story: Story) -> Table:
    table = _columns()
    if story.entries:
        began = story.entries[0].at
        numbered = any(entry.detail.get("part", 1) > 1 for entry in story.entries)
        for entry in story.entries:
            style = _style(entry)
            table.add_row(
                offset((entry.at - began).total_seconds()),
                Text(entry.service),
                Text(entry.kind, style=style),
                Text(entry.name, style=style),
                Text(", ".join(_details(entry, numbered=numbered)), style="" if entry.kind != "heard" else "dim"),
            )
    return table


def _ahead(coming: list[Coming], *, now: datetime) -> Table:
    table = _columns()
    for place, each in enumerate(coming):
        when = distance(now=now, then=each.at) if each.at else "next" if place == 0 else "then"
        style = _STYLES.get(each.kind, "")
        table.add_row(when, each.service, Text(each.kind, style=style), Text(each.what, style=style))
    return table


def _columns() -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(justify="right", style="dim", min_width=8, no_wrap=True)
    table.add_column(min_width=7, no_wrap=True)
    table.add_column(min_width=7, no_wrap=True)
    return table


def _style(entry: Entry) -> str:
    refused = entry.detail.get("outcome") in {"failed", "voided"} or entry.name in {"PaymentFailed"}
    return "red" if refused or entry.name in _UNDOES else _STYLES.get(entry.kind, "")


def _details(entry: Entry, *, numbered: bool) -> Iterator[str]:
    """
    Tell what an entry is about, in the order in which a reader asks: what, how much, how it ended, when it left.

    Payments are told apart by their numbers if there are several; their full names are in the JSON form.
    """
    detail = entry.detail
    if entry.kind == "heard":
        yield str(detail.get("by", "")).replace("_", " ")
        return
    yield from detail.get("seats", ())
    if "seatNumber" in detail:
        yield str(detail["seatNumber"])
    if "amount" in detail:
        yield money(detail["amount"], detail.get("currency", ""))
    elif "price" in detail:
        yield money(detail["price"], detail.get("currency", ""))
    if numbered and "part" in detail:
        yield f"payment {detail['part']}"
    if "outcome" in detail:
        yield str(detail["outcome"])
    if detail.get("reason"):
        yield reason(detail["reason"])
    if entry.kind == "event":
        published = entry.published_at
        yield "not published yet" if published is None else f"out +{(published - entry.at).total_seconds():.2f} s"
