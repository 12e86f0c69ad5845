"""The Avro schema of an event, made from its class, and the fingerprint that names it on the wire."""

import types
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints
from uuid import UUID

from fastavro import parse_schema
from fastavro.schema import fingerprint, to_parsing_canonical_form
from pydantic.alias_generators import to_camel

from common.avro import big_decimal
from common.messages import Event

Json = dict[str, Any]

# An object of any form travels as its JSON text: Avro has no type for it.
_PLAIN: dict[Any, Any] = {
    bool: "boolean",
    int: "long",
    float: "double",
    str: "string",
    bytes: "bytes",
    Decimal: {"type": "bytes", "logicalType": "big-decimal"},
    UUID: {"type": "string", "logicalType": "uuid"},
    datetime: {"type": "long", "logicalType": "timestamp-micros"},
    date: {"type": "int", "logicalType": "date"},
    Any: {"type": "string", "logicalType": "aerosaga-json"},
}
# They are in every event that is published, whatever its class can do without.
_ALWAYS = {"event_id", "occurred_at"}


def schema_of(event: type[Event]) -> Json:
    """
    Return the Avro schema of an event: a record named as its type, in a namespace that has its owner and version.

    `type` and `version` are no fields: the record's name says both.

    :raises LookupError: if a field is of a type that has no Avro form here
    """
    owner = event.exchange.removesuffix(".events")
    return _record(event, known=set(), namespace=f"aerosaga.{owner}.v{event.version}")


def fingerprint_of(schema: Json) -> bytes:
    """Return the CRC-64-AVRO fingerprint of a schema's canonical form: 8 bytes, in the order of the wire."""
    # fastavro writes the number in little-endian order already.
    return bytes.fromhex(fingerprint(to_parsing_canonical_form(parse_schema(schema)), "CRC-64-AVRO"))


@cache
def written(event: type[Event]) -> tuple[bytes, Any]:
    """Return (fingerprint, parsed schema) of what is written today for an event; kept, as making them takes a while."""
    schema = schema_of(event)
    return fingerprint_of(schema), parse_schema(schema)


def _record(cls: Any, *, known: set[str], namespace: str | None = None) -> Json:
    known.add(cls.__name__)
    hints = get_type_hints(cls)
    made: Json = {"type": "record", "name": cls.__name__}
    if namespace:
        made["namespace"] = namespace
    made["fields"] = [_field(cls, each, hints[each.name], known) for each in fields(cls)]
    return made


def _field(cls: Any, told: Field[Any], hint: Any, known: set[str]) -> Json:
    members = [member for member in _members(hint) if member is not type(None)]
    if len(members) != 1:
        raise LookupError(
            f"{cls.__name__}.{told.name} may be of several types, which has no Avro form here: choose one."
        )
    made: Json = {"name": to_camel(told.name), "type": _type(cls, told.name, members[0], known)}
    if told.name in _ALWAYS:
        return made
    if type(None) in _members(hint):
        made["type"] = ["null", made["type"]]
    if told.default is not MISSING:
        made["default"] = _default(cls, told, told.default)
    elif told.default_factory is not MISSING:
        made["default"] = _default(cls, told, told.default_factory())
    return made


def _default(cls: Any, told: Field[Any], value: Any) -> Any:
    match value:
        case Enum():
            return value.value
        case None | bool() | int() | float() | str():
            return value
        case Decimal():
            # The bytes of a default are written as the characters of the same numbers.
            return big_decimal.dumps(value).decode("latin-1")
        case [] | () | frozenset():
            return list(value)
        case {} if not value:
            return "{}"
    raise LookupError(
        f"The default of {cls.__name__}.{told.name} has no Avro form here: take None, and say what it means."
    )


def _type(cls: Any, name: str, hint: Any, known: set[str]) -> Any:
    origin, arguments = get_origin(hint), get_args(hint)
    if hasattr(hint, "__metadata__"):  # Annotated
        return _type(cls, name, arguments[0], known)
    if origin is Literal:
        return _type(cls, name, type(arguments[0]), known)
    if isinstance(hint, type) and issubclass(hint, Enum):
        # An Avro enum could never get another symbol that yesterday's readers survive; JSON has a text here, too.
        return "string"
    if is_dataclass(hint):
        code_name: str = hint.__name__  # type: ignore[union-attr]
        return code_name if code_name in known else _record(hint, known=known)
    if hint is dict or origin is dict:
        return _PLAIN[Any]
    if origin in (list, tuple, set, frozenset):
        return {"type": "array", "items": _type(cls, name, arguments[0], known)}
    if hint in _PLAIN:
        return _PLAIN[hint]
    raise LookupError(
        f"{cls.__name__}.{name} is of {hint}, which has no Avro form: give it one in common/avro/schemas.py."
    )


def _members(hint: Any) -> tuple[Any, ...]:
    return get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)
