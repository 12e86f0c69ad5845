"""How the auditor's report looks in a terminal of 100 columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from aerosaga.client import Json
from aerosaga.wording import count
from common.codec import moment


def view(report: Json) -> RenderableType:
    """Return the rules with what was found, how fresh that is, and each finding."""
    rules = Table.grid(padding=(0, 2, 0, 0))
    for rule in report["rules"]:
        well = rule["open"] == 0
        rules.add_row(
            Text("ok" if well else str(rule["open"]), style="green" if well else "bold red"),
            Text(rule["rule"], style="bold"),
            Text(rule["promise"]),
        )
    parts: list[RenderableType] = [rules, Text()]
    parts += [_book(reading) for reading in report["readings"] if reading["book"] in {"reservations", "provider"}]
    for finding in report["findings"]:
        parts.append(_finding(finding))
    return Group(*parts)


def _book(reading: Json) -> Text:
    age = reading.get("ageSeconds")
    fresh = "not yet read to its end" if age is None else f"read to its end {age:.0f} s ago"
    return Text(f"{reading['book']}: {count(reading['entries'], 'entry', 'entries')}, {fresh}", style="dim")


def _finding(finding: Json) -> Text:
    resolved = finding.get("resolvedAt")
    until = f", resolved {moment(resolved):%H:%M:%S}" if resolved else ""
    return Text.assemble(
        (f"{finding['rule']}  ", "bold red" if not resolved else "dim"),
        (finding["subject"], "bold"),
        f"  {_detail(finding['detail'])}  ",
        (f"since {moment(finding['firstSeenAt']):%Y-%m-%d %H:%M:%S} UTC{until}", "dim"),
    )


def _detail(detail: Mapping[str, Any]) -> str:
    return ", ".join(
        f"{name} {', '.join(value) if isinstance(value, list) else value}" for name, value in detail.items()
    )
