"""
Messages that may have killed whoever read them, carried out with nothing else in hand.

What a process holds when it dies is delivered again, and counted: a message that kills its reader would take all that
was delivered beside it to the parked messages. So whatever came back this often, and nobody said why, is apart: the
process does its other work first, lives long enough to be started again at once, and then has that message alone.
"""

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from common.config import settings

# A kill of the process, and the next one, are no reason to suspect what it had in hand.
SUSPECT_AFTER = 2
# Who ends sooner after its start than its supervisor thinks well (supervisord: deploy/supervisor_conf.py, docker: ten
# seconds) is started later each time, and nobody does its other work meanwhile.
LIVE_SECONDS, LIVE_SECONDS_IN_A_CONTAINER = 3.0, 11.0
# Of several suspects in hand another one comes first each time, so that the harmless get through in the end.
SHUFFLE_SECONDS = 0.5


def is_suspect(deliveries: int) -> bool:
    """Return whether a message that was delivered so often before may be what ended its readers."""
    return deliveries >= SUSPECT_AFTER


class Lifetime:
    """How long this process works already, from when this is made."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    @property
    def missing_seconds(self) -> float:
        """For how long it still has to work before it may die; 0 once it has."""
        enough = LIVE_SECONDS_IN_A_CONTAINER if settings().way == "containers" else LIVE_SECONDS
        return max(0.0, self._began + enough - time.monotonic())


class Gate:
    """Lets threads do their work side by side, and one that has a suspect in hand do it alone."""

    def __init__(self) -> None:
        self._lifetime = Lifetime()
        self._changed = threading.Condition()
        self._inside = 0
        self._alone = False

    def begin(self) -> None:
        """Say that the process begins its work only now; what was imported before it was forked is older."""
        self._lifetime = Lifetime()

    @contextmanager
    def passed(self, *, alone: bool) -> Iterator[None]:
        """Wait until it is this thread's turn, and keep the others out for as long as they must be."""
        if alone:
            time.sleep(self._lifetime.missing_seconds + random.uniform(0, SHUFFLE_SECONDS))
        with self._changed:
            self._changed.wait_for(lambda: not self._alone)
            if alone:
                # From now on nobody comes in; those who are inside leave in the seconds that a command takes.
                self._alone = True
                self._changed.wait_for(lambda: not self._inside)
            self._inside += 1
        try:
            yield
        finally:
            with self._changed:
                self._inside -= 1
                self._alone = self._alone and not alone
                self._changed.notify_all()
