"""Hearing events: whole batches in one transaction, each event applied once, acknowledged last."""

import logging
import signal
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from amqp.exceptions import AMQPError
from kombu import Connection, Message
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError
from sqlalchemy.orm import Session

from common import inbox, parking, queues, wire
from common.config import settings
from common.crash import crash_point
from common.db import Database
from common.errors import DomainError, TransientError
from common.messages import Event, Unreadable

log = logging.getLogger(__name__)

Handler = Callable[[Session, Any], None]
Handlers = Mapping[type[Event], Sequence[Handler]]

# A batch saves commits; larger ones save little more and hold their locks longer.
BATCH = 100
# How long a first message waits for company.
GATHER_SECONDS = 0.004
# A pause before a message is given back: with the queue's delivery limit of 20 it bridges a restart of the database.
GIVE_BACK_SECONDS = 2.0


def whole_batches(handler: Handler) -> Handler:
    """Make `handler` receive a list of events at a time, so that it can write many rows in one statement."""
    handler.whole_batches = True  # type: ignore[attr-defined]
    return handler


# Whatever the client of one broker or the other raises when the connection is gone.
_LOST: tuple[type[BaseException], ...] = (OSError, AMQPError, RedisError, OperationalError)


class EventConsumer:
    """Reads the inbox queues of `service` and applies `handlers` in the transactions of `database`."""

    def __init__(self, service: str, handlers: Handlers, database: Database) -> None:
        self._service = service
        self._database = database
        self._handlers = handlers
        self._types = {event.routing_key(): event for event in handlers}
        self._stopping = threading.Event()
        self._batch: list[Message] = []

    def run(self) -> None:
        """Consume until SIGTERM or SIGINT; reconnect for as long as it takes."""
        for signum in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signum, lambda *_: self.stop())
        while not self._stopping.is_set():
            try:
                self._consume()
            except _LOST as error:
                log.warning("lost the broker, trying again in a second: %s", error)
                self._batch.clear()  # unacknowledged, so the broker delivers it again
                self._stopping.wait(1.0)

    def stop(self) -> None:
        """Finish the batch in hand, then return from `run`."""
        self._stopping.set()

    def _consume(self) -> None:
        url = settings().broker_url
        with Connection(url, connect_timeout=5, heartbeat=10, transport_options=queues.transport_options(url)) as link:
            channel: Any = link.default_channel
            queues.declare(channel)
            channel.basic_qos(0, BATCH * 2, False)
            consumer = link.Consumer(
                queues.inboxes(self._service),
                channel=channel,
                auto_declare=False,
                on_message=self._batch.append,  # raw: reading the body is our own business
                on_decode_error=self._park,
            )
            with consumer:
                log.info("hearing %s", ", ".join(queue.name for queue in consumer.queues))
                beat = time.monotonic()
                while not self._stopping.is_set():
                    self._gather(link)
                    if self._batch:
                        self._handle(self._batch)
                        self._batch.clear()
                    if time.monotonic() - beat > 5 and link.supports_heartbeats:
                        link.heartbeat_check()
                        beat = time.monotonic()

    def _gather(self, link: Connection) -> None:
        while len(self._batch) < BATCH and not self._stopping.is_set():
            try:
                link.drain_events(timeout=GATHER_SECONDS if self._batch else 1.0)
            except TimeoutError:
                return

    def _handle(self, messages: list[Message]) -> None:
        try:
            self._database.write(self._apply, messages)
        except Exception as error:  # one of them is to blame: apply each by itself, and only that one is held back
            log.info("a batch of %d failed (%s); applying one by one", len(messages), error)
            for message in messages:
                self._handle_alone(message)
        else:
            for message in messages:
                self._acknowledge(message)

    def _handle_alone(self, message: Message) -> None:
        try:
            self._database.write(self._apply, [message])
        except TransientError as error:
            log.warning("giving a message back: %s", error)
            self._stopping.wait(GIVE_BACK_SECONDS)
            message.requeue()
        except Exception as error:
            self._park(message, error)
        else:
            self._acknowledge(message)

    def _acknowledge(self, message: Message) -> None:
        crash_point("event.committed", of=message.delivery_info.get("routing_key", ""))
        message.ack()

    def _apply(self, session: Session, messages: Sequence[Message]) -> None:
        kinds: dict[type[Event], list[Event]] = {}
        for message in messages:
            event = self._read(message)
            crash_point("event.delivered", of=event.routing_key())
            kinds.setdefault(type(event), []).append(event)
        for kind, events in kinds.items():
            for handler in self._handlers[kind]:
                fresh = inbox.first_times(session, events=events, handler=handler.__name__)
                crash_point("event.claimed", of=kind.routing_key())
                if getattr(handler, "whole_batches", False):
                    handler(session, fresh)
                else:
                    for event in fresh:
                        handler(session, event)
            crash_point("event.applied", of=kind.routing_key())

    def _read(self, message: Message) -> Event:
        body = wire.read(_bytes(message), message.content_type)
        known = self._types.get(f"{body.get('type')}.v{body.get('version')}")
        if known is None:
            raise Unreadable(f"{self._service}_svc does not know {body.get('type')} v{body.get('version')}")
        return known.from_wire(body)

    def _park(self, message: Message, error: Exception) -> None:
        level = logging.WARNING if isinstance(error, DomainError) else logging.ERROR
        log.log(level, "parking a message: %s", error, exc_info=not isinstance(error, DomainError))
        try:
            self._database.write(
                parking.park,
                queue=f"{self._service}.inbox",
                routing_key=str(message.delivery_info.get("routing_key", "")),
                body=_text(message),
                headers={key: str(value) for key, value in (message.headers or {}).items()},
                error=f"{type(error).__name__}: {error}",
            )
        except TransientError:
            message.requeue()
        else:
            message.ack()


def _bytes(message: Message) -> bytes:
    body: Any = message.body
    return body.encode() if isinstance(body, str) else bytes(body or b"")


def _text(message: Message) -> str:
    return _bytes(message).decode("utf-8", "replace")
