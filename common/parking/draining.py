"""
From the broker's parked queues into the service's table.

A message that was delivered too often, because it kills its reader or what it needs stays away, goes to
`<queue>.parked` on RabbitMQ. Redis as a broker has neither limit nor dead letters: there such a message comes back
until it passes, and only what a consumer itself cannot read or apply is parked.
"""

import base64
from datetime import datetime
from typing import Any

from kombu import Connection, Message
from sqlalchemy.orm import Session

from common import codec, queues, wire
from common.avro import single_object
from common.db import Database
from common.errors import AerosagaError, TransientError
from common.messages import Unreadable
from common.parking import messages

# In one go; the rest is for the next round.
MOST = 500
# How long the broker may be silent.
ANSWER_SECONDS = 10


class BrokerAway(TransientError):
    """Raised when the broker does not say what is parked; the next look asks again."""


class Drain:
    """
    Moves what lies in the parked queues of `service` into its table, over one connection; not for use by two threads.

    Any trouble throws the connection away; the next look opens another.
    """

    def __init__(self, service: str, database: Database, *, broker_url: str) -> None:
        self._names = queues.kept(service) if broker_url.startswith("amqp") else []
        self._database = database
        self._url = broker_url
        self._connection: Connection | None = None

    def __call__(self) -> int:
        """
        Look once; return how many messages were moved.

        :raises BrokerAway: if the broker does not answer as it should; what was moved until then is moved
        :raises TransientError: as `Database.write`
        """
        if not self._names:
            return 0
        try:
            return self._move()
        except AerosagaError:
            self.close()  # a message in hand goes back to its queue
            raise
        except Exception as error:  # whatever the broker or its client says
            self.close()
            raise BrokerAway(f"parked messages were not fetched: {error}") from error

    def close(self) -> None:
        """Drop the connection."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.collect(socket_timeout=1.0)

    def _move(self) -> int:
        if self._connection is None:
            # A broker that is silent is given up; nobody else would notice on a connection that only asks.
            patience = {"read_timeout": ANSWER_SECONDS, "write_timeout": ANSWER_SECONDS}
            self._connection = Connection(self._url, connect_timeout=5, heartbeat=0, transport_options=patience)
            self._connection.connect()  # fails soon, where the next line would go on trying
            self._channel: Any = self._connection.channel()
        moved = 0
        for name in self._names:
            parked = queues.parked(name)(self._channel)
            # To ask how many there are costs a quorum queue nothing; to take one is written down even if there is none.
            if not self._channel.queue_declare(parked.name, passive=True).message_count:
                continue
            while moved < MOST and (message := parked.get(no_ack=False)):
                # Acknowledged after the commit; what comes again after a crash between them is only counted.
                self._database.write(_park, message, queue=name)
                message.ack()
                moved += 1
        return moved


def as_text(body: bytes, content_type: str | None) -> dict[str, Any]:
    """Return the body as people can read and edit it: Avro as JSON, base64 where nothing else is left."""
    if content_type == wire.AVRO:
        try:
            return {"body": codec.dumps(single_object.decode(body)), "content_type": wire.JSON, "encoding": "text"}
        except Unreadable:
            pass
    kind = content_type or wire.JSON
    try:
        return {"body": body.decode("utf-8"), "content_type": kind, "encoding": "text"}
    except UnicodeDecodeError:
        return {"body": base64.b64encode(body).decode(), "content_type": kind, "encoding": "base64"}


def plain(value: Any) -> Any:
    """Return a header's value as JSON can have it."""
    match value:
        case dict():
            return {str(key): plain(item) for key, item in value.items()}
        case list() | tuple():
            return [plain(item) for item in value]
        case datetime():
            return value.isoformat()
        case bytes():
            return value.decode("utf-8", "replace")
        case None | bool() | int() | str():
            return value
    return str(value)


def _park(session: Session, message: Message, *, queue: str) -> None:
    headers = plain(message.headers or {})
    body: Any = message.body
    raw = body.encode() if isinstance(body, str) else bytes(body or b"")
    properties = message.properties or {}
    if ".inbox." in queue:
        facts: dict[str, Any] = {"kind": "event", "message_id": properties.get("message_id")}
        facts |= as_text(raw, message.content_type)
    else:
        facts = {"kind": "command", "message_id": headers.get("id")} | _command(raw, message)
    [death, *_] = headers.get("x-death") or [{}]
    limited = death.get("reason") == "delivery_limit"
    messages.park(
        session,
        queue=queue,
        routing_key=(death.get("routing-keys") or [queue])[0],
        headers=headers,
        error=messages.known_error(session, message_id=facts["message_id"]),
        deliveries=queues.DELIVERY_LIMIT + 1 if limited else int(death.get("count", 1)),
        **facts,
    )


def _command(raw: bytes, message: Message) -> dict[str, Any]:
    """Take a Celery message (protocol 2: arguments, keyword arguments, what follows) apart."""
    told = as_text(raw, message.content_type)
    properties = {
        name: message.properties[name] for name in ("correlation_id", "reply_to") if message.properties.get(name)
    }
    try:
        arguments, wire_body, following = codec.loads(raw)
    except (TypeError, ValueError):
        return told | {"envelope": {"properties": properties}}
    envelope = {"arguments": arguments, "following": following, "properties": properties}
    return told | {"body": codec.dumps(wire_body), "envelope": envelope}
