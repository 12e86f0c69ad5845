"""
The single-object encoding: two bytes that mark it, the schema's fingerprint, the body.

Source: Avro 1.12, "Single-object encoding".
"""

import io
from decimal import Decimal
from typing import Any

from fastavro import schemaless_reader, schemaless_writer
from fastavro.read import LOGICAL_READERS
from fastavro.write import LOGICAL_WRITERS

from common import codec
from common.avro import big_decimal, registry, schemas
from common.messages import Event, Unreadable

CONTENT_TYPE = "application/vnd.apache.avro+single-object"
MARKER = b"\xc3\x01"
_HEADER = len(MARKER) + 8


def encode(event: Event) -> bytes:
    """
    Return an event as Avro, written by the schema its class has today.

    :raises ValueError: if it holds what Avro cannot, such as a whole number beyond 64 bits
    """
    fingerprint, schema = schemas.written(type(event))  # type: ignore[arg-type]  # a class can be hashed
    body = io.BytesIO()
    try:
        schemaless_writer(body, schema, event.to_wire())
    except (ArithmeticError, TypeError, UnicodeError) as error:
        raise ValueError(f"{event.routing_key()} cannot be written as Avro: {error}") from error
    return MARKER + fingerprint + body.getvalue()


def decode(data: bytes) -> dict[str, Any]:
    """
    Return the flat body that `data` says, as the schema it was written by has it, with `type` and `version`.

    `Event.from_wire` then does what it does with every body: it drops fields it does not know, and gives those
    that the writer did not know their defaults.

    :raises Unreadable: if this is not Avro, or nobody knows the schema it was written by
    """
    if data[:2] != MARKER or len(data) < _HEADER:
        raise Unreadable("not Avro: the single-object encoding begins with C3 01 and a fingerprint of 8 bytes")
    writer = registry.schema(data[2:_HEADER])
    body = io.BytesIO(data[_HEADER:])
    try:
        read = schemaless_reader(body, writer.schema, None)
    except (ArithmeticError, EOFError, IndexError, LookupError, TypeError, ValueError) as error:
        raise Unreadable(f"{writer.routing_key} cannot be read as Avro: {type(error).__name__}: {error}") from error
    if body.read(1):
        raise Unreadable(f"{writer.routing_key} cannot be read as Avro: something follows its last field")
    if not isinstance(read, dict):
        raise Unreadable(f"{writer.routing_key} is no record")
    return {"type": writer.type, "version": writer.version, **read}


# fastavro's own mechanism for logical types that it does not have.
LOGICAL_WRITERS["bytes-big-decimal"] = lambda value, _schema: (
    big_decimal.dumps(value) if isinstance(value, Decimal) else value
)
LOGICAL_READERS["bytes-big-decimal"] = lambda data, *_: big_decimal.loads(data)
LOGICAL_WRITERS["string-aerosaga-json"] = lambda value, _schema: codec.dumps(value)
LOGICAL_READERS["string-aerosaga-json"] = lambda text, *_: codec.loads(text)
