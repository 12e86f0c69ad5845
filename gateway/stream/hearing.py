"""Hears what services publish, on a queue of this process's own that goes when it goes."""

from __future__ import annotations

import logging
import os
import socket
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from amqp.exceptions import AMQPError
from kombu import Connection, Exchange, Message, Queue, binding
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from common import queues, wire
from common.messages import Unreadable
from gateway.stream.news import HEARD

log = logging.getLogger(__name__)

#: What a broker that is away is noticed by.
LOST: tuple[type[BaseException], ...] = (OSError, AMQPError, RedisError, OperationalError)
# If this process stops reading, the oldest go: its listeners are told to look for themselves.
_MOST_MESSAGES = 10_000
_AGAIN_SECONDS = 1.0


class Ear(threading.Thread):
    """
    A thread that hears events, since kombu waits and the listeners must not.

    `told` is called with the body of each event, `gap` whenever it begins to hear (again): what was said before then
    may have been missed.
    """

    def __init__(self, url: str, *, told: Callable[[Mapping[str, Any]], None], gap: Callable[[], None]) -> None:
        super().__init__(name="ear", daemon=True)
        self._url = url
        self._told = told
        self._gap = gap
        self._stopping = threading.Event()
        self.hears = False

    def run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._hear()
            except LOST as error:
                log.warning("lost the broker, trying again in a second: %s", error)
                self._stopping.wait(_AGAIN_SECONDS)
            finally:
                self.hears = False

    def stop(self) -> None:
        """Stop hearing, and take the queue away."""
        self._stopping.set()
        self.join(timeout=5)

    def _hear(self) -> None:
        options = queues.transport_options(self._url)
        with Connection(self._url, connect_timeout=5, heartbeat=10, transport_options=options) as link:
            channel: Any = link.default_channel
            for exchange in {event.exchange for event in HEARD}:
                Exchange(exchange, "topic", channel=channel).declare()
            queue = _queue(is_amqp=link.transport.driver_type == "amqp")(channel)
            # What a process of this name that was killed has left behind, in a broker that has no exclusive queues.
            queue.declare()
            queue.purge()
            with link.Consumer([queue], channel=channel, on_message=self._read, auto_declare=False, no_ack=True):
                self.hears = True
                self._gap()
                while not self._stopping.is_set():
                    with suppress(TimeoutError):
                        link.drain_events(timeout=1.0)
                    if link.supports_heartbeats:
                        link.heartbeat_check()
            with suppress(*LOST):
                queue.delete()

    def _read(self, message: Message) -> None:
        try:
            self._told(wire.read(_as_bytes(message.body), message.content_type))
        except (Unreadable, LookupError) as error:
            log.info("an event that cannot be read is told to nobody: %s", error)


def _queue(*, is_amqp: bool) -> Queue:
    # Redis knows no exclusive queues: one with a name of its own would be filled for ever if this process were killed,
    # so the name is the same each time. Only one such process runs there.
    name = f"stream.{socket.gethostname()}.{os.getpid()}" if is_amqp else "stream"
    return Queue(
        name,
        bindings=[
            binding(exchange=Exchange(event.exchange, "topic"), routing_key=event.routing_key()) for event in HEARD
        ],
        durable=False,
        exclusive=is_amqp,
        auto_delete=is_amqp,
        queue_arguments={"x-max-length": _MOST_MESSAGES} if is_amqp else None,
    )


def _as_bytes(body: Any) -> bytes:
    return body.encode() if isinstance(body, str) else bytes(body)
