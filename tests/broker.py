"""The broker as an outsider sees it: queues emptied, read and bent for a test."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pika

from common import codec, queues
from common.contracts.subscriptions import SERVICES

ALL = [queue for service in SERVICES for queue in queues.inboxes(service)] + queues.tasks()


@dataclass(frozen=True, kw_only=True)
class Received:
    """One message as it came from a queue: its text, the same read as JSON, its properties, how it was routed."""

    text: str
    body: Any
    properties: pika.BasicProperties
    exchange: str
    routing_key: str
    redelivered: bool


class Broker:
    """One connection, by a client that shares no code with the one we publish with."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._connection = pika.BlockingConnection(pika.URLParameters(url))
        self.channel = self._connection.channel()

    def close(self) -> None:
        """Close the connection, whatever state the channel is in."""
        self._connection.close()

    def purge(self) -> None:
        """Empty every queue we know."""
        for queue in ALL:
            self.channel.queue_purge(queue.name)
            self.channel.queue_purge(queues.parked(queue.name).name)

    def take(self, queue: str) -> list[Received]:
        """Take all messages from a queue that are there now, in order, and acknowledge them."""
        found = []
        while True:
            how, properties, body = self.channel.basic_get(queue, auto_ack=True)
            if how is None:
                return found
            found.append(
                Received(
                    text=body.decode(),
                    body=codec.loads(body),
                    properties=properties,
                    exchange=how.exchange,
                    routing_key=how.routing_key,
                    redelivered=how.redelivered,
                )
            )

    def put(self, *bodies: str | bytes, exchange: str, routing_key: str, **properties: Any) -> None:
        """Publish bodies as they are, with these message properties."""
        for body in bodies:
            self.channel.basic_publish(exchange, routing_key, body, pika.BasicProperties(**properties))

    def depth(self, queue: str) -> int:
        """Return how many messages wait in a queue, those that somebody holds not counted."""
        return int(self.channel.queue_declare(queue, passive=True).method.message_count)

    @contextmanager
    def full_after(self, count: int, *, exchange: str, routing_key: str) -> Iterator[str]:
        """Bind one more queue, which refuses everything after `count` messages; yield its name."""
        arguments = {"x-max-length": count, "x-overflow": "reject-publish"}
        self.channel.queue_declare("tests.small", arguments=arguments, durable=False)
        self.channel.queue_bind("tests.small", exchange, routing_key)
        try:
            yield "tests.small"
        finally:
            self.channel.queue_delete("tests.small")
