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
from common.messages import Unreadable
from common.parking import messages

# In one go; the rest is for the next round.
MOST = 500


def drain(service: str, database: Database, *, broker_url: str) -> int:
    """Move what lies in the parked queues of `service` into its table; return how many messages that were."""
    if not broker_url.startswith("amqp"):
        return 0
    moved = 0
    with Connection(broker_url, connect_timeout=5, heartbeat=0) as link:
        channel: Any = link.default_channel
        for name in queues.kept(service):
            parked = queues.parked(name)(channel)
            while moved < MOST and (message := parked.get(no_ack=False)):
                # Acknowledged after the commit; what comes again after a crash between them is only counted.
                database.write(_park, message, queue=name)
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
