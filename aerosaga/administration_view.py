"""How users and the audit log look in a terminal of 100 columns."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from aerosaga.client import Json
from common.codec import moment


def users(found: Sequence[Json]) -> Table:
    """Return one line for each user or service account."""
    table = _table("name", "role", "airline", "e-mail or label", "since", "")
    for user in found:
        table.add_row(
            Text(user["name"], style="bold cyan"),
            user["role"],
            user.get("airline") or "",
            # Text, because somebody may have registered an address with square brackets.
            Text(user.get("email") or user.get("label") or ""),
            f"{moment(user['createdAt']):%Y-%m-%d}",
            Text("disabled", style="red") if user.get("disabledAt") else "",
        )
    return table


def audit_log(entries: Sequence[Json]) -> Table:
    """Return one line for each entry; each has a `service` beside what the service told."""
    table = _table("when (UTC)", "service", "who", "as", "did")
    for entry in entries:
        why = f" ({entry['reason']})" if entry.get("reason") else ""
        table.add_row(
            Text(f"{moment(entry['at']):%d %b %H:%M:%S}", style="dim"),
            entry["service"],
            Text(entry["actor"], style="bold cyan"),
            entry["role"],
            Text(f"{entry['act']}: {entry['subject']}{why}"),
        )
    return table


def _table(*titles: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in titles:
        # What a person wrote may be long, and goes over several lines; names stay in one piece.
        table.add_column(title, overflow="fold", no_wrap=title not in {"did", "e-mail or label"})
    return table
