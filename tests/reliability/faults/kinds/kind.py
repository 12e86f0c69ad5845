"""What every kind of fault is: a way to do it and take it back, and a pace."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from tests.reliability.faults.schedule import Pace, Strike
from tests.reliability.faults.system import System

#: Does a fault at its beginning and takes it back at its end; it holds while the block lasts.
Deed = Callable[[System, Strike], AbstractContextManager[None]]


@dataclass(frozen=True, kw_only=True)
class Kind:
    """
    A kind of fault.

    `floor` is how often it must have come before a chapter about it says anything; `short` puts it into short runs.
    `small_disks`: its servers' data must be on disks that it can fill.
    """

    name: str
    about: str
    deed: Deed
    pace: Pace
    floor: int = 3
    short: bool = False
    small_disks: bool = False
