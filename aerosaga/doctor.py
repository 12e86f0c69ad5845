"""Examines what is needed and what runs."""

from enum import IntEnum

from rich.console import Console


class Level(IntEnum):
    OK = 0
    WARNING = 1
    PROBLEM = 2


def examine(out: Console) -> Level:
    return Level.OK
