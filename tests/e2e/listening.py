"""A stranger on the broker: a plain AMQP client with a queue of its own, bound to everything an exchange tells."""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Self
from uuid import UUID

import pika


@dataclass(frozen=True, kw_only=True)
class Heard:
    """One message as it came over the wire: `raw` is its body, byte by byte."""

    exchange: str
    routing_key: str
    properties: pika.BasicProperties
    raw: bytes

    @property
    def body(self) -> Any:
        """The body as any JSON reader reads it; numbers with a fraction as exact decimals."""
        return json.loads(self.raw, parse_float=Decimal)

    @property
    def correlation_id(self) -> str:
        return str(UUID(self.properties.correlation_id))


class Listener:
    """Reads what exchanges tell, from its creation on. It shares no code with the system it listens to."""

    def __init__(self, url: str, exchanges: Sequence[str]) -> None:
        self._connection = pika.BlockingConnection(pika.URLParameters(url))
        self._channel = self._connection.channel()
        self._queue = self._channel.queue_declare("", exclusive=True).method.queue
        for exchange in exchanges:
            self._channel.queue_bind(self._queue, exchange, routing_key="#")
        self.heard: list[Heard] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()  # The queue goes too.

    def listen_until(self, enough: Callable[[list[Heard]], bool], *, what: str, seconds: float = 40) -> None:
        """Read messages until `enough` of them were heard; fail after `seconds`."""
        end = time.monotonic() + seconds
        while not enough(self.heard):
            method, properties, raw = self._channel.basic_get(self._queue, auto_ack=True)
            if method is not None:
                self.heard.append(
                    Heard(
                        exchange=method.exchange, routing_key=method.routing_key, properties=properties, raw=bytes(raw)
                    )
                )
                continue
            assert time.monotonic() < end, f"Listened {seconds:.0f} s in vain for {what}."
            # Lets heartbeats through as well.
            self._connection.process_data_events(time_limit=0.1)
