"""The loop of a worker, and somebody who ends the process when it stands still."""

import logging
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from celery.worker.consumer import Consumer

log = logging.getLogger(__name__)

# A loop that lives comes round this often, whatever else it does.
TURN_SECONDS = 10.0
# So many looks without a turn: a minute, longer than anything the loop may wait for. Looks are counted, and not time:
# a process that was stopped for a while is none that stands still.
LOOKS = 6
#: The exit status of a process whose loop stood still.
STOOD_STILL = 70


class Lookout:
    """
    Watches the loop of this process while it turns. Connecting is no part of it, and may take as long as the broker is
    away.

    Threads with commands in hand end with the process, as by a kill: what they have not finished is delivered again.
    """

    def __init__(self, end: Callable[[int], object] = os._exit) -> None:
        self._end = end
        self._turns = 0
        self._inside: int | None = None
        self._watched = False

    def turn(self) -> None:
        """Say that the loop has come round."""
        self._turns += 1

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Watch the thread that calls this, for as long as the block lasts."""
        if not self._watched:
            self._watched = True
            threading.Thread(target=self._look, name="lookout", daemon=True).start()
        self._inside = threading.get_ident()
        try:
            yield
        finally:
            self._inside = None

    def _look(self) -> None:
        still, seen = 0, -1
        while still < LOOKS:
            time.sleep(TURN_SECONDS)
            still = still + 1 if self._inside is not None and self._turns == seen else 0
            seen = self._turns
        frame = sys._current_frames().get(self._inside or 0)
        where = "".join(traceback.format_stack(frame)) if frame else "it has just ended"
        log.critical("the worker's loop stands still; ending, to be started again. It is here:\n%s", where)
        self._end(STOOD_STILL)


class Watched(Consumer):
    """
    Celery's consumer of a worker, with a lookout.

    Whatever the loop waits for and never gets, a worker that is alive and takes nothing is worse than one that is dead:
    nobody starts it again.
    """

    # What celery-types does not know of it.
    hub: Any
    loop: Callable[..., Any]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._lookout = Lookout()
        if self.hub is not None:
            self._celerys_loop, self.loop = self.loop, self._watched_loop

    def register_with_event_loop(self, hub: Any) -> None:
        """Register what Celery does, and that the loop says when it comes round."""
        super().register_with_event_loop(hub)
        hub.call_repeatedly(TURN_SECONDS, self._lookout.turn)

    def _watched_loop(self, *args: Any) -> Any:
        with self._lookout.watching():
            return self._celerys_loop(*args)
