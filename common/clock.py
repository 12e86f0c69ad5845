"""
The system's clock: the machine's, and in the demo as far ahead of it as an operator has moved it.

Only the embedded way's launcher, and only with failure switches, names a file by AEROSAGA_CLOCK; every process of the
system reads from it how far ahead the clock is. The services' databases are SQLite there, and add it to what time it
is (`common.columns.now`); what is compared with their times is compared by `now` of here. Elsewhere this is the
machine's clock, and MariaDB's is nobody's to move.

It goes ahead and never back: what is dated tomorrow would wait until then.
"""

import fcntl
import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from common import failures
from common.config import settings
from common.errors import Conflict, Rejected

VARIABLE = "AEROSAGA_CLOCK"
#: What the file is called in the run directory of the embedded way.
FILE = "clock"
#: How far ahead of the machine's the clock may be, in seconds: a year.
FURTHEST = 366 * 86400
#: How far one move goes: half as far as the outbox remembers, so that what is in hand now is not forgotten by then.
FURTHEST_AT_ONCE = 7 * 86400

# What was read last, by what the file looked like then: a stat costs a microsecond, reading ten.
_read: tuple[tuple[str, int, int], int] | None = None
_followed: Path | None = None


class ClockNotMovable(Conflict):
    """Raised where no clock can be moved: everywhere but in the demo."""

    code = "clock_not_movable"


class BadMove(Rejected):
    """Raised when the clock would go back, or too far ahead."""

    code = "bad_move"


def is_movable() -> bool:
    """Tell whether the clock of this process's databases can be moved."""
    return _ours() is not None


def ahead() -> int:
    """Return how many seconds the system's clock is ahead of the machine's."""
    path = _ours() or _followed
    return _told(path) if path else 0


def now() -> datetime:
    """Return what time it is by the system's clock: what the services' databases say, to a moment."""
    return datetime.now(UTC) + timedelta(seconds=ahead())


def was_moved_within(seconds: float) -> bool:
    """Tell whether the clock was moved so lately that what has become due by that may still be under way."""
    path = _ours()
    try:
        return path is not None and time.time() - path.stat().st_mtime < seconds
    except FileNotFoundError:
        return False


def check(seconds: int) -> None:
    """
    Return if the clock may be so many seconds ahead from now on; as it is already counts as such.

    :raises ClockNotMovable: where there is no such clock
    :raises BadMove: if it would go back, or further than a year ahead
    """
    if not is_movable():
        raise ClockNotMovable("The clock can be moved in `make demo` only. Elsewhere time passes as it does.")
    if seconds < ahead():
        raise BadMove(f"The clock is {ahead()} s ahead already, and never goes back.", ahead_seconds=ahead())
    if seconds - ahead() > FURTHEST_AT_ONCE:
        raise BadMove(
            f"The clock is moved at most {FURTHEST_AT_ONCE} s at once, which is a week: "
            "what has become due by that is done first.",
            furthest_seconds=ahead() + FURTHEST_AT_ONCE,
        )
    if seconds > FURTHEST:
        raise BadMove(f"The clock goes at most {FURTHEST} s ahead, which is a year.", furthest_seconds=FURTHEST)


def move(seconds: int) -> None:
    """
    Let the clock be so many seconds ahead of the machine's, for every process of the system at once.

    :raises ClockNotMovable: as `check`
    :raises BadMove: as `check`
    """
    path = _ours()
    check(seconds)
    assert path is not None
    with path.with_name(f"{FILE}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if seconds <= ahead():
            return  # somebody else has moved it as far, meanwhile
        fresh = path.with_name(f"{FILE}.new")
        fresh.write_text(f"{seconds}\n")
        fresh.replace(path)  # nobody ever reads half of a number


def follow(run_dir: Path) -> None:
    """Let `now` be the clock of what runs at this run directory, which this process is not of: the command line's."""
    global _followed
    _followed = run_dir / FILE


def _ours() -> Path | None:
    # Read here and not among the settings: those are what a person may set.
    place = os.environ.get(VARIABLE)
    return Path(place) if place and failures.on() and settings().way == "embedded" else None


def _told(path: Path) -> int:
    global _read
    try:
        looks = path.stat()
    except FileNotFoundError:
        return 0
    seen = (str(path), looks.st_ino, looks.st_mtime_ns)
    known = _read
    if known is None or known[0] != seen:
        _read = known = seen, int(path.read_text())
    return known[1]
