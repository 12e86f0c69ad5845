"""Publishing events, with every confirm awaited once per batch."""

import logging
import time
from collections.abc import Mapping, Sequence
from typing import Any

from kombu import Connection, Producer
from sqlalchemy import Row

from common import queues, wire
from common.contracts.subscriptions import SUBSCRIPTIONS

log = logging.getLogger(__name__)

#: The header that names the one handler a replayed event is meant for.
ONLY_HANDLER = "x-aerosaga-handler"
# Events somebody subscribes to must reach a queue; the others may go nowhere.
_HEARD = {event.routing_key() for events in SUBSCRIPTIONS.values() for event in events}


class Publisher:
    """
    One connection of its own, kept open; not for use by two threads.

    Any trouble throws the connection away: on a kept one, the late confirm of an earlier message could be taken for
    that of the next.
    """

    def __init__(self, url: str, *, confirm_seconds: float = 5.0) -> None:
        """:raises LookupError: if AEROSAGA_AVRO_EXCHANGES names something that is no exchange of events"""
        self._url = url
        self._in_avro = wire.avro_exchanges()
        self._confirm_seconds = confirm_seconds
        self._connection: Connection | None = None

    def publish(
        self, rows: Sequence[Row[Any]], *, to_queue: str | None = None, headers: Mapping[str, str] | None = None
    ) -> int:
        """
        Publish outbox rows in order; return how many, counted from the first, the broker has safely taken.

        With `to_queue` they go to that queue alone instead of their exchange; `headers` are added to their own.
        Never raises for the broker's sake: what was not confirmed is simply not counted.
        """
        try:
            if self._connection is None:
                self._open()
            refused = self._send(rows, to_queue, headers or {})
        except Exception as error:  # any trouble at all means the same: not confirmed, try later on a new connection
            log.warning("publishing stopped, the rows stay in the outbox: %s", error)
            self.close()
            return 0
        if refused:
            self.close()  # a queue may be gone: opening anew declares it
        return min(refused, default=len(rows))

    def close(self) -> None:
        """Drop the connection; the next publish opens another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.collect(socket_timeout=1.0)

    def _open(self) -> None:
        connection = self._connection = Connection(
            self._url, connect_timeout=5, heartbeat=0, transport_options=queues.transport_options(self._url)
        )
        connection.connect()  # fails soon, where the next line would go on trying while the rows are locked
        channel = connection.default_channel
        queues.declare(channel)
        self._confirms = _Confirms(channel) if connection.transport.driver_type == "amqp" else None
        self._producer = Producer(channel, auto_declare=False)

    def _send(self, rows: Sequence[Row[Any]], to_queue: str | None, headers: Mapping[str, str]) -> set[int]:
        assert self._connection is not None
        if self._confirms:
            self._confirms.begin()
        for row in rows:
            routing_key = f"{row.type}.v{row.version}"
            body, properties = wire.write(row, in_avro=row.exchange in self._in_avro)
            properties["headers"] |= headers
            address = routing_key if to_queue is None else to_queue
            self._producer.publish(
                body,
                exchange=row.exchange if to_queue is None else "",
                routing_key=address,
                delivery_mode=2,
                mandatory=to_queue is not None or routing_key in _HEARD,
                retry=False,  # the table is the retry; kombu's own would multiply the message
                message_id=str(row.event_id),
                correlation_id=str(row.correlation_id),
                type=row.type,
                **properties,
            )
            if self._confirms:
                self._confirms.sent(str(row.event_id), address)
        return self._confirms.wait(self._connection, self._confirm_seconds) if self._confirms else set()


class _Confirms:
    """Publisher confirms of one AMQP channel, matched by delivery tag and waited for together."""

    def __init__(self, channel: Any) -> None:
        channel.confirm_select()
        channel.events["basic_ack"].add(self._acked)
        channel.events["basic_nack"].add(self._nacked)
        channel.events["basic_return"].add(self._returned)
        self._last = self._first = 0

    def begin(self) -> None:
        """Forget the batch before; tags go on counting through the life of the channel."""
        self._first = self._last
        self._settled: set[int] = set()
        self._refused: set[int] = set()
        # Two versions of one fact share their id.
        self._ids: dict[tuple[str, str], int] = {}

    def sent(self, message_id: str, routing_key: str) -> None:
        """Count a message that was just given to the broker."""
        self._last += 1
        self._ids[message_id, routing_key] = self._last

    def wait(self, connection: Connection, seconds: float) -> set[int]:
        """
        Return the places (from 0) of the messages of this batch that were refused, once all are answered.

        :raises TimeoutError: if the broker does not answer all of them within `seconds`
        """
        end = time.monotonic() + seconds
        while len(self._settled) < self._last - self._first:
            remaining = end - time.monotonic()
            if remaining <= 0:
                raise TimeoutError(f"the broker confirmed {len(self._settled)} of {self._last - self._first} messages")
            connection.drain_events(timeout=remaining)
        return {tag - self._first - 1 for tag in self._refused}

    def _acked(self, tag: int, multiple: bool) -> None:
        self._settle(tag, multiple)

    def _nacked(self, tag: int, multiple: bool) -> None:
        self._refused |= self._settle(tag, multiple)

    def _returned(self, error: Any, _exchange: str, routing_key: str, message: Any) -> None:
        # The broker returns an unroutable message and then confirms it all the same.
        self._refused.add(self._ids[message.properties["message_id"], routing_key])
        log.error("no queue takes this event: %s", error)

    def _settle(self, tag: int, multiple: bool) -> set[int]:
        tags = set(range(self._first + 1, tag + 1)) - self._settled if multiple else {tag}
        self._settled |= tags
        return tags
