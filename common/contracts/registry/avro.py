"""Avro's part of the registry: the schema each event is written by today, and every one it was written by before."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from common.avro.schemas import fingerprint_of, schema_of
from common.contracts.registry import inventory
from common.contracts.registry.published import DIRECTORY, Published
from common.contracts.registry.resolution import obstacles
from common.contracts.registry.schema import wire_schema
from common.messages import Event

Json = dict[str, Any]

#: The folder of an exchange's former schemas; their files have the fingerprint in their names.
FORMER = "former"


def current() -> dict[str, Json]:
    """Return the Avro schema of every event there is, with its documentation, by the path of its file."""
    return {path(event): _documented(event) for event in inventory.events()}


def former(history: Iterable[Published]) -> dict[str, Json]:
    """
    Return the schemas of `history` that are written no more, by the paths of their files.

    Messages written by them wait in queues and are parked, so readers go on needing them.
    """
    today = {fingerprint_of(schema) for schema in current().values()}
    found = {}
    for point in history:
        for where, schema in point.avro.items():
            fingerprint = fingerprint_of(dict(schema))
            if fingerprint not in today:
                exchange, name = _exchange(where), _name(schema)
                found[f"{DIRECTORY}/{exchange}/{FORMER}/{name}.{fingerprint.hex()}.avsc"] = dict(schema)
    return found


def broken(history: Iterable[Published]) -> Iterator[str]:
    """Yield a sentence for each schema of `history` that the one of today cannot live with, in either direction."""
    today = {inventory.name(event): schema_of(event) for event in inventory.events()}
    for point in history:
        for where, old in point.avro.items():
            new = today.get(f"{_exchange(where)}/{_name(old)}")
            if new is None:
                continue  # the JSON contract of the same name says what is to be said
            for what, writer, reader in (
                ("what was written before could no longer be read", old, new),
                ("readers of yesterday could not read what is written now", new, old),
            ):
                for obstacle in obstacles(writer, reader):
                    yield f"{_name(old).replace('.', ' ')} as Avro: {obstacle}; {what}. (Published in {point.where}.)"


def path(event: type[Event]) -> str:
    """Return the path of an event's Avro schema from the top of the repository."""
    return f"{DIRECTORY}/{inventory.name(event)}.avsc"


def fingerprint(event: type[Event]) -> str:
    """Return the fingerprint of what is written today, in the order of the wire, in hexadecimal."""
    return fingerprint_of(schema_of(event)).hex()


def _documented(event: type[Event]) -> Json:
    told, schema = wire_schema(event), schema_of(event)
    known = told["properties"]
    schema["fields"] = [
        {**field, **({"doc": known[field["name"]]["description"]} if "description" in known[field["name"]] else {})}
        for field in schema["fields"]
    ]
    head = {key: schema.pop(key) for key in ("type", "name", "namespace")}
    return {**head, "doc": " ".join(told["description"].split()), **schema}


def _exchange(where: str) -> str:
    return where.split("/")[1]


def _name(schema: Mapping[str, Any]) -> str:
    return f"{schema['name']}.{schema['namespace'].rpartition('.')[2]}"
