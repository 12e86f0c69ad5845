"""Examines what is needed and what runs, and says for each thing how it is and what to do about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import get_args

from rich.console import Console
from rich.table import Table
from rich.text import Text

from aerosaga import target
from aerosaga.checks import machine, running
from aerosaga.checks.finding import Finding, Level
from aerosaga.wording import count
from deploy import ways
from deploy.ways import LocalWay

_STYLES = {Level.OK: "green", Level.WARNING: "yellow", Level.PROBLEM: "bold red"}


def examine(out: Console) -> Level:
    """Print what is found, a line or two for each thing, as it is found, and a summary; return the worst of it."""
    found: Counter[Level] = Counter()
    for title, check in _checks():
        out.print(f"[bold]{title}[/]")
        for finding in _safely(check):
            found[finding.level] += 1
            out.print(_line(finding))
    out.print(
        f"[bold]In all[/]: {found[Level.OK]} ok, {count(found[Level.WARNING], 'warning')}, "
        f"{count(found[Level.PROBLEM], 'problem')}"
    )
    return max(found)


def _checks() -> Iterator[tuple[str, Callable[[], Iterable[Finding]]]]:
    yield "This machine", machine.examine
    for way in get_args(LocalWay):
        status = ways.status(way, target.run_dir(way))
        yield f"The {way} way", lambda status=status: running.examine_way(status)  # type: ignore[misc]
    yield "The services", running.examine_services


def _safely(check: Callable[[], Iterable[Finding]]) -> Iterator[Finding]:
    try:
        yield from check()
    except Exception as error:  # an examination that breaks off is a finding too, and the next one goes on
        yield Finding(
            level=Level.PROBLEM,
            subject="examination",
            what=f"it broke off: {type(error).__name__}: {error}",
        )


def _line(finding: Finding) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(min_width=9, no_wrap=True)
    table.add_column(min_width=18, no_wrap=True)
    table.add_row(
        Text(f"  {finding.level.name.lower()}", style=_STYLES[finding.level]),
        Text(finding.subject),
        Text(finding.what),
    )
    if finding.remedy:
        table.add_row("", "", Text(f"-> {finding.remedy}", style="bold"))
    return table
