"""Why something could not be started, in words for the person who asked for it."""

from __future__ import annotations

from pathlib import Path

TAIL_LINES = 25


class CannotStart(RuntimeError):
    """Raised when a server or process does not start; its text says what happened, why, and what to do."""


def tail(log: Path, *, lines: int = TAIL_LINES) -> str:
    """Return the last lines of a log file, indented, under its path; a sentence if it is empty or missing."""
    try:
        # A log may be large; the last 64 KiB hold more than the lines asked for.
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - 65536))
            text = file.read().decode(errors="replace")
    except OSError:
        return f"{log} does not exist: it stopped before it wrote anything."
    last = [line for line in text.splitlines() if line.strip()][-lines:]
    if not last:
        return f"{log} is empty."
    return "\n".join([f"The end of {log}:", *(f"    {line}" for line in last)])
