"""What a worker tells Flower of its tasks: all of a second in one message."""

import math
import time
from collections.abc import Callable
from typing import Any

from celery.worker.consumer import Consumer

# As often as somebody who watches would look.
SECONDS = 1.0


class Reporter(Consumer):
    """
    Celery's consumer of a worker, which gathers what is to be told of its tasks.

    Celery 5.7 tells it after each turn of its loop, and awaits the broker's confirm there: a sixth of a worker's CPU,
    during which it neither takes up nor acknowledges anything.
    """

    # What celery-types does not know of it.
    hub: Any
    event_dispatcher: Any
    _flush_events: Callable[[], None]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._asked_at = 0.0

    def on_send_event_buffered(self) -> None:  # type: ignore[override]  # what it returns nobody takes
        """See to it that what waits is told, within a second; called by any thread, for each event."""
        if self.hub is None or time.monotonic() < self._asked_at + SECONDS:
            return
        # What became too much would be told by the thread that says so, over a connection that the loop reads, too: two
        # who read one stream of frames lose it.
        self.event_dispatcher.buffer_limit = math.inf
        self._asked_at = time.monotonic()
        # A timer is set in the loop's own thread alone. One that is lost with a connection is set again a second later.
        self.hub.call_soon(self.hub.call_later, SECONDS, self._flush_events)
