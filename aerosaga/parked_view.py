"""How parked messages look in a terminal of 100 columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import simplejson
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from aerosaga.client import Json
from aerosaga.tables import facts
from common.codec import moment

_STYLES = {"parked": "yellow", "redriven": "green", "dropped": "dim"}


def listing(found: Sequence[Json]) -> Table:
    """Return one line for each message."""
    table = Table(box=None, pad_edge=False, header_style="bold", expand=True)
    for title in ("message", "says", "state", "parked at", "tries", "error"):
        # An error has what the others leave: what a message is called by must be read whole.
        width = {"ratio": 1} if title == "error" else {"justify": "right" if title == "tries" else "left"}
        table.add_column(title, no_wrap=True, overflow="ellipsis", **width)
    for row in found:
        table.add_row(
            Text(f"{row['service']}/{row['messageId']}", style="bold cyan"),
            Text(row["name"]),
            _state(row),
            f"{moment(row['parkedAt']):%d %b %H:%M:%S}",
            str(row["deliveries"]),
            Text(row["error"]),
        )
    return table


def view(row: Json) -> RenderableType:
    """Return everything there is to know of one message."""
    shown = {
        "parked message": Text(f"{row['service']}/{row['messageId']}  {row['name']}", style="bold"),
        "state": _state(row),
        "error": Text(row["error"], style="red"),
        "queue": row["queue"],
        "delivered": f"{row['deliveries']} times",
        "parked": f"{moment(row['parkedAt']):%Y-%m-%d %H:%M:%S} UTC",
    }
    if row.get("lastAt") and row["lastAt"] != row["parkedAt"]:
        shown["came again"] = f"{moment(row['lastAt']):%Y-%m-%d %H:%M:%S} UTC"
    parts: list[RenderableType] = [facts(shown)]
    for death in row["headers"].get("x-death") or []:
        parts.append(Text(f"  the broker: {death.get('reason')} on {death.get('queue')} at {death.get('time')}", "dim"))
    for entry in row["history"]:
        said = f": {entry['error']}" if entry.get("error") else ""
        parts.append(Text(f"  {entry['at']}  {entry['act']} by {entry['by']} ({entry['reason']}){said}", "dim"))
    body = row["body"] if isinstance(row["body"], str) else pretty(row["body"])
    return Group(*parts, Text(f"body ({row['contentType']}, {row['encoding']})", style="dim"), Text(body))


def redriven(told: Json, *, name: str, dry_run: bool) -> RenderableType:
    """Return what a redrive did, or would do."""
    if told.get("error"):
        return Text(f"{name} would stay parked: {told['error']}", style="red")
    would = "would be " if dry_run else ""
    lines = [
        f"  {each['handler']}: {would if each['outcome'] == 'applied' else ''}{each['outcome']}"
        for each in told.get("handlers", [])
    ]
    if told.get("sentTo"):
        lines.append(f"  {would}sent to {told['sentTo']}")
    state = "stays parked for its other handlers" if told["state"] == "parked" and not dry_run else ""
    return Text(
        "\n".join([f"{name} {told['message']}{'  (dry run)' if dry_run else ''}", *lines, *filter(None, [state])])
    )


def pretty(body: Any) -> str:
    """Return a body as people read and edit it, with every digit of its numbers."""
    return simplejson.dumps(body, use_decimal=True, indent=2, ensure_ascii=False)


def _state(row: Json) -> Text:
    return Text(row["state"], style=_STYLES.get(row["state"], ""))
