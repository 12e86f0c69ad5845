"""Hearing events: whole batches in one transaction, each event applied once, acknowledged last."""

import logging
import random
import signal
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from amqp.exceptions import AMQPError
from kombu import Connection, Message
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError
from sqlalchemy.orm import Session

from common import parking, queues
from common.applying import Applier, Handler, Handlers, whole_batches
from common.bus import ONLY_HANDLER
from common.config import settings
from common.crash import crash_point
from common.db import Database
from common.errors import DomainError, TransientError
from common.messages import Event
from common.parking.draining import as_text, plain
from common.suspects import Lifetime, is_suspect

# Services say what they hear, and how, with the words of this module alone.
__all__ = ["EventConsumer", "Handler", "Handlers", "whole_batches"]

log = logging.getLogger(__name__)

# A batch saves commits; larger ones save little more and hold their locks longer.
BATCH = 100
# The broker takes a consumer for dead that is silent for 20 s. A batch that took longer than this makes the next ones
# smaller; between single messages it is told that somebody is there.
SLOW_SECONDS, SAY_ALIVE_SECONDS = 4.0, 5.0
# How long a first message waits for company.
GATHER_SECONDS = 0.004
# A pause before a message is given back: with the queue's delivery limit of 20 it bridges a partner's restart.
GIVE_BACK_SECONDS = 2.0
# How long apart a database that is away is asked whether it is back.
LOOK_AGAIN_SECONDS = 1.0


class _DatabaseAway(Exception):
    """Raised when the database does not answer, so that everything in hand goes back and nothing is taken."""


# Whatever the client of one broker or the other raises when the connection is gone.
_LOST: tuple[type[BaseException], ...] = (OSError, AMQPError, RedisError, OperationalError)


class EventConsumer:
    """Reads the inbox queues of `service` and applies `handlers` in the transactions of `database`."""

    def __init__(self, service: str, handlers: Handlers, database: Database) -> None:
        self._service = service
        self._database = database
        self._applier = Applier(service, handlers)
        self._stopping = threading.Event()
        self._lifetime = Lifetime()
        self._batch: list[Message] = []
        # What came back so often that it may have killed its readers: nothing else is in hand while it is read.
        self._suspects: list[Message] = []
        self._most = BATCH

    def run(self) -> None:
        """Consume until SIGTERM or SIGINT; reconnect for as long as it takes."""
        for signum in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signum, lambda *_: self.stop())
        while not self._stopping.is_set():
            try:
                self._consume()
            except _LOST as error:
                log.warning("lost the broker, trying again in a second: %s", error)
                self._forget()  # unacknowledged, so the broker delivers it again
                self._stopping.wait(1.0)
            except _DatabaseAway as error:
                # Each delivery counts towards the queue's limit, so that an outage must not cost more than one: it
                # would park healthy events.
                log.warning("nothing is heard until the database is back: %s", error)
                self._forget()
                while self._database.is_away() and not self._stopping.wait(LOOK_AGAIN_SECONDS):
                    pass

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
                on_message=self._receive,  # raw: reading the body is our own business
                on_decode_error=self._park,
            )
            with consumer:
                log.info("hearing %s", ", ".join(queue.name for queue in consumer.queues))
                beat = time.monotonic()
                while not self._stopping.is_set():
                    self._gather(link)
                    self._handle_batch(link)
                    if self._may_read_suspects:
                        self._handle_suspects(consumer, link)
                    if time.monotonic() - beat > 5 and link.supports_heartbeats:
                        link.heartbeat_check()
                        beat = time.monotonic()

    def _gather(self, link: Connection) -> None:
        while len(self._batch) < self._most and not self._stopping.is_set():
            try:
                link.drain_events(timeout=GATHER_SECONDS if self._batch or self._may_read_suspects else 1.0)
            except TimeoutError:
                return

    def _receive(self, message: Message) -> None:
        (self._suspects if is_suspect(_deliveries(message)) else self._batch).append(message)

    @property
    def _may_read_suspects(self) -> bool:
        return bool(self._suspects) and not self._lifetime.missing_seconds

    def _forget(self) -> None:
        self._batch.clear()
        self._suspects.clear()

    def _handle_batch(self, link: Connection) -> None:
        if self._batch:
            began = time.monotonic()
            self._handle(self._batch, link)
            self._batch.clear()
            self._most = next_size(self._most, took=time.monotonic() - began)

    def _handle_suspects(self, consumer: Any, link: Connection) -> None:
        """Let nothing come any more, finish what has come, and then read what may kill us, each by itself."""
        consumer.cancel()
        self._handle_batch(link)
        # Another one first each time: whatever is in hand when we die is counted once more.
        random.shuffle(self._suspects)
        self._one_by_one(self._suspects, link)
        self._suspects.clear()
        if not self._stopping.is_set():
            consumer.consume()

    def _handle(self, messages: list[Message], link: Connection) -> None:
        try:
            self._database.write(self._apply, messages)
        except Exception as error:  # one of them is to blame: apply each by itself, and only that one is held back
            log.info("a batch of %d failed (%s); applying one by one", len(messages), error)
            self._one_by_one(messages, link)
        else:
            for message in messages:
                self._acknowledge(message)

    def _one_by_one(self, messages: Sequence[Message], link: Connection) -> None:
        said_alive = time.monotonic()
        for message in messages:
            if self._stopping.is_set():
                return  # what is not acknowledged goes back when the connection is closed
            self._handle_alone(message)
            if link.supports_heartbeats and time.monotonic() - said_alive > SAY_ALIVE_SECONDS:
                link.connection.send_heartbeat()
                said_alive = time.monotonic()

    def _handle_alone(self, message: Message) -> None:
        try:
            self._database.write(self._apply, [message])
        except TransientError as error:
            if self._database.is_away():
                raise _DatabaseAway(str(error)) from error
            log.warning("giving a message back: %s", error)
            self._note(message, error)
            self._stopping.wait(GIVE_BACK_SECONDS)
            message.requeue()
        except Exception as error:
            self._park(message, error)
        else:
            self._acknowledge(message)

    def _acknowledge(self, message: Message) -> None:
        crash_point("event.committed", of=f"{self._service}.{_routing_key(message)}")
        message.ack()

    def _apply(self, session: Session, messages: Sequence[Message]) -> None:
        kinds: dict[tuple[type[Event], str | None], list[Event]] = {}
        for message in messages:
            event = self._applier.read(_bytes(message), message.content_type)
            crash_point("event.delivered", of=f"{self._service}.{event.routing_key()}", message=event.event_id)
            # A replay may be meant for one handler alone.
            only = (message.headers or {}).get(ONLY_HANDLER)
            kinds.setdefault((type(event), only), []).append(event)
        for (kind, only), events in kinds.items():
            self._applier.apply(session, kind, events, only=only)

    def _park(self, message: Message, error: Exception) -> None:
        level = logging.WARNING if isinstance(error, DomainError) else logging.ERROR
        log.log(level, "parking a message: %s", error, exc_info=not isinstance(error, DomainError))
        try:
            self._database.write(
                parking.park,
                queue=self._queue_of(message),
                routing_key=_routing_key(message),
                headers=plain(message.headers or {}),
                error=f"{type(error).__name__}: {error}",
                message_id=message.properties.get("message_id"),
                deliveries=_deliveries(message) + 1,
                **as_text(_bytes(message), message.content_type),
            )
        except TransientError:
            message.requeue()
        else:
            message.ack()

    def _note(self, message: Message, error: Exception) -> None:
        """Leave the error for the day when the broker parks the message, if the database takes it."""
        message_id, said = message.properties.get("message_id"), f"{type(error).__name__}: {error}"
        if message_id:
            with suppress(TransientError):
                self._database.write(parking.note_error, message_id=message_id, error=said)

    def _queue_of(self, message: Message) -> str:
        exchange = str(message.delivery_info.get("exchange") or "")
        # A replay goes to the queue by its name, not through its publisher's exchange.
        return f"{self._service}.inbox.{exchange.removesuffix('.events')}" if exchange else _routing_key(message)


def next_size(size: int, *, took: float) -> int:
    """Return how many messages the next batch may have, given how many seconds one of `size` took."""
    return max(1, size // 2) if took > SLOW_SECONDS else min(BATCH, size * 2)


def _routing_key(message: Message) -> str:
    return str(message.delivery_info.get("routing_key", ""))


def _deliveries(message: Message) -> int:
    """Return how often a message was delivered before, as RabbitMQ counts; 0 where nobody does."""
    return int((message.headers or {}).get("x-delivery-count") or 0)


def _bytes(message: Message) -> bytes:
    body: Any = message.body
    return body.encode() if isinstance(body, str) else bytes(body or b"")
