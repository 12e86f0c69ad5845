"""Messages that come again, in the wrong order, too late, or are poison."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random
from typing import Any
from uuid import uuid4

import pika
from pika.adapters.blocking_connection import BlockingChannel

from common.contracts.subscriptions import SERVICES
from tests.reliability.faults.kinds.kind import Kind
from tests.reliability.faults.kinds.processes import stopped
from tests.reliability.faults.schedule import Pace, Strike
from tests.reliability.faults.system import HOLD_SECONDS, System

# So long another fault may keep the broker away.
BROKER_SECONDS = 60
# Tells a copy from what was published, so that no copy is copied.
COPY = "x-copy"
# So many messages are mixed with each other.
AT_ONCE = 30
# Queues whose order is turned round, and who reads them.
SHUFFLED = {
    "payment.inbox.booking": "payment-consumer",
    "booking.inbox.payment": "booking-consumer",
    "notification.inbox.booking": "notification-consumer",
    "payment.commands": "payment-worker",
    "booking.commands": "booking-worker",
}
#: Bodies that no consumer can read or apply, with what is wrong with each.
UNREADABLE = {
    "no JSON": b"not JSON",
    "no text": b"\xff\xfe",
    "no object": b"[]",
    "unknown type": b'{"type":"ReservationPraised","version":1}',
    "unknown version": b'{"type":"ReservationConfirmed","version":99,"reservationId":1}',
    "no id": b'{"type":"ReservationConfirmed","version":1,"reservationId":1,"locator":"AAAAAA"}',
}
POISONED = ("payment.inbox.booking", "notification.inbox.booking", "auditor.inbox.booking", "booking.inbox.payment")


@contextmanager
def channel(system: System) -> Iterator[BlockingChannel]:
    """A channel of a connection of its own, past every proxy, whose publishes are confirmed; the broker may be away."""
    parameters = pika.URLParameters(system.servers.urls.broker)
    parameters.connection_attempts, parameters.retry_delay = BROKER_SECONDS, 1
    connection = pika.BlockingConnection(parameters)
    try:
        opened = connection.channel()
        opened.confirm_delivery()
        yield opened
    finally:
        connection.close()


@contextmanager
def _copied(system: System, strike: Strike) -> Iterator[None]:
    """Everything published is published again so many times, at once or newest first after a while."""
    copies = int(strike.scale)
    chance = Random(f"{strike.at}/copies")
    with channel(system) as tap:
        name = f"faults.tap.{uuid4()}"
        tap.queue_declare(name, exclusive=True)
        for service in SERVICES:
            tap.queue_bind(name, f"{service}.events", "#")
        for queue in ("payment.commands", "booking.commands"):
            tap.queue_bind(name, queue, "#")
        end = time.monotonic() + strike.lasts
        kept: list[Any] = []
        while time.monotonic() < end:
            found = tap.basic_get(name, auto_ack=True)
            if found[0] is not None and COPY not in (found[1].headers or {}):
                kept.append(found)
            if len(kept) == AT_ONCE or (kept and found[0] is None):
                _publish_again(tap, kept[::-1], copies=copies, chance=chance)
                kept.clear()
            elif found[0] is None:
                time.sleep(0.05)
    yield


def _publish_again(tap: BlockingChannel, kept: list[Any], *, copies: int, chance: Random) -> None:
    again = kept * copies
    chance.shuffle(again)
    for how, properties, body in again:
        properties.headers = {**(properties.headers or {}), COPY: True}
        tap.basic_publish(how.exchange, how.routing_key, body, properties)


@contextmanager
def _shuffled(system: System, strike: Strike) -> Iterator[None]:
    """A queue's reader is away for a while; what has come by then waits for it in another order."""
    reader = SHUFFLED[strike.target]
    with system.alone(reader):
        system.stop(reader)
        try:
            yield
            with channel(system) as turned:
                found = []
                while (message := turned.basic_get(strike.target))[0] is not None:
                    found.append(message)
                Random(f"{strike.at}/order").shuffle(found)
                for how, properties, body in found:
                    # Published again before it is acknowledged: if this stops in between, it is there twice.
                    turned.basic_publish("", strike.target, body, properties)
                    turned.basic_ack(how.delivery_tag)
        finally:
            system.start(reader)


@contextmanager
def _poison(system: System, strike: Strike) -> Iterator[None]:
    """One message of each kind that cannot be read; the story counts them."""
    with channel(system) as channel_:
        for body in UNREADABLE.values():
            properties = pika.BasicProperties(content_type="application/json", message_id=str(uuid4()), delivery_mode=2)
            channel_.basic_publish("", strike.target, body, properties)
            system.injected += 1
    yield


KINDS = (
    Kind(
        name="duplicates",
        about="every event and command published 2, 3 or 10 times more, newest first or at random",
        deed=_copied,
        pace=Pace(targets=("every queue",), every=20.0, lasts=(10.0, 15.0), scale=(2.0, 3.0, 10.0)),
        floor=2,
    ),
    Kind(
        name="disorder",
        about="what waits in a queue is put into another order",
        deed=_shuffled,
        pace=Pace(targets=tuple(SHUFFLED), every=10.0, lasts=(4.0, 8.0)),
        floor=3,
    ),
    Kind(
        name="late",
        about="a reader away for longer than a hold lasts, so that what it hears is over",
        deed=stopped,
        pace=Pace(
            targets=("payment-consumer", "booking-consumer", "payment-worker", "booking-worker"),
            every=15.0,
            lasts=(HOLD_SECONDS + 3.0, HOLD_SECONDS + 10.0),
        ),
        floor=2,
    ),
    Kind(
        name="poison",
        about="messages that cannot be read: no JSON, no text, unknown type or version, no id",
        deed=_poison,
        pace=Pace(targets=POISONED, every=8.0),
        floor=3,
        short=True,
    ),
)
