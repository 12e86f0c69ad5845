"""
Failure switches: one chosen step of one reservation fails, is slow, is repeated, loses its answer or gets stuck.

For demonstrations and tests. They are asked for by a header of a request, or by booking a magic seat; they travel in
the payload of the reservation's saga and strike where the step is carried out. What is struck follows from which
switch it is and from how often the step was sent, from nothing else: the same input has the same outcome.

They exist only where AEROSAGA_FAILURE_SWITCHES is "on". The demo and the tests set it; no shell can, and in a container
it means nothing. Elsewhere the public door strips the header, and no service reads it.
"""

import os
from functools import cache

from common.config import settings
from common.failures.switches import (
    LONGEST_SECONDS,
    MOST_TIMES,
    STUCK_SECONDS,
    BadSwitch,
    Behaviour,
    Switch,
    Target,
    patience,
    read,
    striking,
)

VARIABLE = "AEROSAGA_FAILURE_SWITCHES"
#: Of a request, and of the answer to one that was taken in with switches.
HEADER = "Aerosaga-Failure"
#: Of the message of a command that is struck.
MESSAGE_HEADER = "failure"

__all__ = [
    # the header, and whether it means anything here
    "HEADER",
    "MESSAGE_HEADER",
    "VARIABLE",
    "on",
    # what may be asked for
    "LONGEST_SECONDS",
    "MOST_TIMES",
    "STUCK_SECONDS",
    "BadSwitch",
    "Behaviour",
    "Switch",
    "Target",
    "patience",
    "read",
    # what then happens; `common.failures.acting` does it
    "striking",
]


@cache
def on() -> bool:
    """Tell whether this process lets steps be made to fail."""
    # Read here and not among the settings: those are what a person may set.
    return os.environ.get(VARIABLE) == "on" and settings().way != "containers"
