"""The form of events on the wire: JSON, or Avro on the exchanges that a setting names; every reader reads both."""

import logging
from collections.abc import Mapping
from functools import cache
from typing import Any

from sqlalchemy import Row

from common import codec
from common.avro import single_object
from common.config import settings
from common.contracts.registry import inventory
from common.contracts.subscriptions import SERVICES
from common.messages import Event, Unreadable

log = logging.getLogger(__name__)

JSON = "application/json"
AVRO = single_object.CONTENT_TYPE


def avro_exchanges() -> frozenset[str]:
    """
    Return the exchanges whose events are published as Avro: those that AEROSAGA_AVRO_EXCHANGES names.

    :raises LookupError: if it names one that does not exist
    """
    named = frozenset(name.strip() for name in settings().avro_exchanges.split(",") if name.strip())
    known = [f"{service}.events" for service in SERVICES]
    unknown = named.difference(known)
    if unknown:
        raise LookupError(
            f"AEROSAGA_AVRO_EXCHANGES names {', '.join(sorted(unknown))}, which is no exchange of events. "
            f"There are: {', '.join(known)}."
        )
    return named


def write(row: Row[Any], *, in_avro: bool) -> tuple[str | bytes, dict[str, Any]]:
    """Return the body of an outbox row, and the message properties that say what it is."""
    body = row.body | {"occurredAt": row.occurred_at}
    if in_avro:
        try:
            written = single_object.encode(_class_of(row).from_wire(body))
        except (LookupError, Unreadable, ValueError) as error:
            # No reader refuses JSON, and the rows behind this one must not wait for it.
            log.warning("published as JSON, although %s is told in Avro: %s", row.exchange, error)
        else:
            return written, {"content_type": AVRO, "content_encoding": "binary", "headers": _headers(row, "avsc")}
    return codec.dumps(body), {"content_type": JSON, "content_encoding": "utf-8", "headers": _headers(row, "json")}


def read(body: bytes, content_type: str | None) -> dict[str, Any]:
    """
    Return the flat body of a message, in whichever form it came.

    :raises Unreadable: if it is not what its content type says
    """
    if content_type == AVRO:
        return single_object.decode(body)
    try:
        told = codec.loads(body)
    except ValueError as error:
        raise Unreadable(f"not JSON: {error}") from error
    if not isinstance(told, dict):
        raise Unreadable("not a JSON object")
    return told


@cache
def _classes() -> Mapping[tuple[str, str], type[Event]]:
    return {(event.exchange, event.routing_key()): event for event in inventory.events()}


def _class_of(row: Row[Any]) -> type[Event]:
    found = _classes().get((row.exchange, f"{row.type}.v{row.version}"))
    if found is None:
        raise LookupError(f"{row.exchange}/{row.type}.v{row.version} has no class")
    return found


def _headers(row: Row[Any], contract: str) -> dict[str, str]:
    """Return the CloudEvents 1.0 attributes (AMQP binding, binary mode) and the W3C trace context of an event."""
    service = row.exchange.removesuffix(".events")
    return {
        "cloudEvents:specversion": "1.0",
        "cloudEvents:id": str(row.event_id),
        "cloudEvents:source": f"/{service}_svc",
        "cloudEvents:type": f"aerosaga.{service}.{row.type}.v{row.version}",
        "cloudEvents:time": codec.utc_text(row.occurred_at),
        "cloudEvents:dataschema": f"/contracts/{row.exchange}/{row.type}.v{row.version}.{contract}",
        "traceparent": f"00-{row.correlation_id.hex}-{row.event_id.hex[:16]}-01",
    }
