"""The terminal: one console for results, one for progress, and what both keep to."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

Advance = Callable[[int], None]
Say = Callable[[str], None]

# Wide enough for a timeline; a file or pipe has no width of its own.
PLAIN_WIDTH = 100
# Where nobody watches a moving bar, a line now and then says how far it is.
PLAIN_EVERY_SECONDS = 5.0


def results() -> Console:
    """Return the console for what was asked for; colours only on a terminal, and never with NO_COLOR."""
    return _console(stderr=False)


def notes() -> Console:
    """Return the console for progress and remarks, which must not end up in a pipe."""
    return _console(stderr=True)


@contextmanager
def counting(console: Console, label: str, *, total: int) -> Iterator[Advance]:
    """Show how many of `total` are done while the block calls what it is given with how many more are."""
    if console.is_terminal:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=console, transient=True) as progress:
            task = progress.add_task(escape(label), total=total)
            yield lambda count: progress.advance(task, count)
        return
    done, said_at = 0, time.monotonic()

    def advance(count: int) -> None:
        nonlocal done, said_at
        done += count
        if time.monotonic() - said_at >= PLAIN_EVERY_SECONDS:
            said_at = time.monotonic()
            console.print(f"{label}: {done:,} of {total:,}", markup=False)

    yield advance


@contextmanager
def working(console: Console, label: str) -> Iterator[Say]:
    """Show that something is at work; what the block says is the newest word on how far it is."""
    if console.is_terminal:
        with console.status(escape(label)) as status:
            yield lambda text: status.update(f"{escape(label)} [dim]{escape(text)}[/]")
        return
    console.print(f"{label} ...", markup=False)
    yield lambda text: console.print(f"  {text}", markup=False)


def _console(*, stderr: bool) -> Console:
    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() or "COLUMNS" in os.environ else PLAIN_WIDTH
    return Console(stderr=stderr, width=width, highlight=False, emoji=False)
