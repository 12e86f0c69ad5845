"""What an examination finds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Level(IntEnum):
    """OK, WARNING (something works less well, or another way does) or PROBLEM (something does not work)."""

    OK = 0
    WARNING = 1
    PROBLEM = 2


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that was looked at: how it is, and what to do if it is not well."""

    level: Level
    subject: str
    what: str
    remedy: str = ""


def ok(subject: str, what: str) -> Finding:
    return Finding(level=Level.OK, subject=subject, what=what)


def warning(subject: str, what: str, remedy: str = "") -> Finding:
    return Finding(level=Level.WARNING, subject=subject, what=what, remedy=remedy)


def problem(subject: str, what: str, remedy: str = "") -> Finding:
    return Finding(level=Level.PROBLEM, subject=subject, what=what, remedy=remedy)
