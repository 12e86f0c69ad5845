"""
Places where a process dies on purpose, as by a power cut, for the crash matrix; in production each of them is nothing.

A point is armed by a file in the directory that AEROSAGA_CRASH_POINTS names, and only while a living process, the
test's, holds the lock of that directory. No way to start the system passes this variable on, and one that was left
behind arms nothing.
"""

import fcntl
import os
import signal
from functools import cache
from pathlib import Path
from uuid import UUID

from common.config import settings

#: Every point there is, and what has happened when a process comes by. Most are passed `of` something: which use case,
#: saga, exchange, event, command, act of the provider or sweep it is about.
POINTS = {
    "transaction.before_commit": "a use case has written everything, its events too, and nothing of it counts yet",
    "transaction.committed": "what a use case wrote counts, and nobody was told",
    "saga.unsent": "a saga is begun or turned round in the database, its commands are not sent",
    "saga.sent": "the broker has a saga's commands, and who sent them has not answered or acknowledged",
    "outbox.unpublished": "the relay has locked unpublished events",
    "outbox.published": "the broker has confirmed events that are not marked as published",
    "event.delivered": "a consumer has read an event and done nothing about it",
    "event.claimed": "the inbox has an event's claim, in a transaction that has not done anything else",
    "event.applied": "an event's handlers are done, and their transaction is open",
    "event.committed": "what an event changed counts, and the event is not acknowledged",
    "command.delivered": "a worker has read a command and done nothing about it",
    "command.done": "a command is carried out, and neither answered nor acknowledged",
    "provider.unasked": "what is wanted from the provider is written down, and it was not asked",
    "provider.answered": "the provider has done what it was asked, and its answer is not written down",
    "sweep.begun": "a sweep has looked at nothing yet",
}

VARIABLE = "AEROSAGA_CRASH_POINTS"
#: Held (flock) by whoever arms points, for as long as it lives.
LOCK = "lock"


#: Who dies at a point: who comes by; its parent, the master of a web process; its whole process group.
KILLS = ("process", "master", "group")
#: Instead of the number of a passage: whoever comes by dies, each time.
EVERY = "every"


def crash_point(name: str, *, of: str = "", message: UUID | None = None) -> None:
    """
    Die here by SIGKILL, alone or with those that KILLS names, if a test wants that; otherwise do nothing.

    `message` is what is in hand here; a point may be armed for one message, and lets all others pass.
    """
    armory = _armory()
    if armory is not None:
        _pass_by(armory / full_name(name, of), message)


def full_name(name: str, of: str = "") -> str:
    """Return the name by which a point is armed: `event.applied:ReservationConfirmed.v1`."""
    return f"{name}:{of}" if of else name


@cache
def _armory() -> Path | None:
    # Read here and not among the settings: those are what a person may set.
    place = os.environ.get(VARIABLE)
    if not place or settings().way == "containers":
        return None
    try:
        with (Path(place) / LOCK).open() as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:  # somebody holds it, and the kernel lets go of what the dead held
        return Path(place)
    except OSError:
        return None
    return None


def _pass_by(armed: Path, message: UUID | None) -> None:
    """Count this passage, among those of all processes, and kill if it is the one that the armed file wants."""
    try:
        passage, kill, *only = armed.read_text().split()
    except (FileNotFoundError, ValueError):
        return
    if only and only != [str(message)]:
        return
    with armed.with_name(f"{armed.name}.passed").open("ab") as passed:
        passed.write(b".")
        passed.flush()
        # Appending is atomic, so each passage has its own number; a process that is started again counts on.
        if passage == EVERY or passed.tell() == int(passage):
            _kill(kill)


def _kill(who: str) -> None:
    if who == "group":
        os.killpg(os.getpgrp(), signal.SIGKILL)
    # Who comes by goes on without its master, until it notices.
    os.kill(os.getppid() if who == "master" else os.getpid(), signal.SIGKILL)
