"""What a worker tells Flower of its tasks: all of a second in one message, and nothing that it would wait for."""

import math
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from celery.app.events import Events
from celery.events import EventDispatcher

from common.looping import Watched

# As often as somebody who watches would look.
SECONDS = 1.0
# A broker that works confirms in milliseconds; the loop stands still meanwhile.
CONFIRM_SECONDS = 5.0


class Teller(EventDispatcher):
    """
    Tells an event once, or not at all.

    Celery would tell its heartbeat again and again, in the worker's loop. When the connection broke at that moment (a
    process that was stopped for some seconds tells before it looks), kombu 5.7 declares the exchange on the broken one
    again each time, and connects ten times a second, for ever: the worker is alive and does nothing. The loop sees by
    itself that the connection is gone, and then makes all of them anew.
    """

    # What celery-types does not know of it.
    delivery_mode: int
    exchange: Any
    headers: dict[str, Any]
    serializer: str
    _outbound_buffer: deque[tuple[Any, str]]

    def _publish(self, event: Any, producer: Any, routing_key: str, **_: Any) -> None:
        if producer is None:
            return
        try:
            producer.publish(
                event,
                routing_key=routing_key,
                exchange=self.exchange.name,
                declare=[self.exchange],
                serializer=self.serializer,
                headers=self.headers,
                delivery_mode=self.delivery_mode,
                timeout=CONFIRM_SECONDS,
                confirm_timeout=CONFIRM_SECONDS,
            )
        except Exception:  # whatever it is: told over the next connection
            self._outbound_buffer.append((event, routing_key))


class Telling(Events):
    """Celery's `app.events`, with our own teller."""

    dispatcher_cls = "common.reporting:Teller"


class Reporter(Watched):
    """
    Celery's consumer of a worker, which gathers what is to be told of its tasks.

    Celery 5.7 tells it after each turn of its loop, and awaits the broker's confirm there: a sixth of a worker's CPU,
    during which it neither takes up nor acknowledges anything.
    """

    # What celery-types does not know of it.
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
