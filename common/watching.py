"""A sweep that stands watch: beat asks for it once, and it looks again and again until its time is over."""

import threading
import time
from collections.abc import Callable
from typing import Any

from common import stopping


class Watch:
    """
    One who looks, however often it is asked for: somebody who stands watch already stays longer instead.

    An order of beat's costs the broker, beat and the worker some hundred times as much as a look at a table in which
    there is nothing. What is looked after every half second is therefore ordered every few seconds only.
    """

    def __init__(self, look: Callable[[], Any]) -> None:
        self._look = look
        self._lock = threading.Lock()
        self._until = 0.0
        self._stands = False

    def stand(self, *, every: float, seconds: float) -> None:
        """
        Look at once, and then `every` so many seconds, until so many `seconds` from now or until the process stops.

        If somebody does so already, it is they who stay until then, and this returns. What a look raises ends the
        watch; the next order begins it anew.
        """
        with self._lock:
            self._until = time.monotonic() + seconds
            if self._stands:
                return
            self._stands = True
        try:
            while self._stays():
                self._look()
                stopping.pause(every)
        finally:
            self._stands = False

    def _stays(self) -> bool:
        # Under the lock, so that whoever orders more time finds either that we stay for it, or that we have left.
        with self._lock:
            self._stands = not stopping.stopping() and time.monotonic() < self._until
            return self._stands
