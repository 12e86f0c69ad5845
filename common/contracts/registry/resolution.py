"""
Whether what one Avro schema writes another can read: Avro's schema resolution, for the types events are made of.

Source: Avro 1.12, "Schema Resolution". Stricter in one thing: the logical type must be the same, because a reader who
takes a time for a number reads something, and something wrong.
"""

from collections.abc import Iterator, Mapping
from typing import Any

_WIDER = {"int": ("long", "float", "double"), "long": ("float", "double"), "float": ("double",)}


def obstacles(writer: Any, reader: Any) -> list[str]:
    """Return a phrase for each thing that keeps `reader` from reading what `writer` writes; none: it can."""
    return list(_Resolution(_named(writer), _named(reader)).between(writer, reader, ""))


class _Resolution:
    """Two schemas, side by side; each knows its own names."""

    def __init__(self, written: Mapping[str, Any], read: Mapping[str, Any]) -> None:
        self._written = written
        self._read = read

    def between(self, writer: Any, reader: Any, place: str) -> Iterator[str]:
        writer, reader = _whole(writer, self._written), _whole(reader, self._read)
        if isinstance(writer, list):
            for branch in writer:
                yield from self.between(branch, reader, place)
        elif isinstance(reader, list):
            if not any(self._fits(writer, branch, place) for branch in reader):
                yield f"{_subject(place)} is written as {_word(writer)}, which no reader expects"
        elif _kind(writer) != _kind(reader):
            if _logical(writer) or _logical(reader) or _kind(reader) not in _WIDER.get(_kind(writer), ()):
                yield f"{_subject(place)} is written as {_word(writer)} and read as {_word(reader)}"
        elif _logical(writer) != _logical(reader):
            yield f"{_subject(place)} is written as {_word(writer)} and read as {_word(reader)}"
        elif _kind(writer) == "array":
            yield from self.between(writer["items"], reader["items"], f"{place}[]")
        elif _kind(writer) == "record":
            yield from self._fields(writer, reader, place)

    def _fields(self, writer: Mapping[str, Any], reader: Mapping[str, Any], place: str) -> Iterator[str]:
        if writer["name"] != reader["name"]:
            yield f"{_subject(place)} is written as a {writer['name']} and read as a {reader['name']}"
            return
        written = {field["name"]: field for field in writer["fields"]}
        for field in reader["fields"]:
            inner = f"{place}.{field['name']}" if place else field["name"]
            if field["name"] in written:
                yield from self.between(written[field["name"]]["type"], field["type"], inner)
            elif "default" not in field:
                yield f"{_subject(inner)} is not written, and readers have no default for it"

    def _fits(self, writer: Any, branch: Any, place: str) -> bool:
        return not any(self.between(writer, branch, place))


def _named(schema: Any) -> dict[str, Any]:
    """Return every record inside a schema by its name."""
    if isinstance(schema, list):
        return {name: found for member in schema for name, found in _named(member).items()}
    if not isinstance(schema, Mapping):
        return {}
    found: dict[str, Any] = {}
    if schema["type"] == "record":
        found[schema["name"]] = schema
        for field in schema["fields"]:
            found |= _named(field["type"])
    return found | _named(schema.get("items", ""))


def _whole(schema: Any, names: Mapping[str, Any]) -> Any:
    return names.get(schema, schema) if isinstance(schema, str) else schema


def _kind(schema: Any) -> str:
    return str(schema["type"] if isinstance(schema, Mapping) else schema)


def _logical(schema: Any) -> str | None:
    return schema.get("logicalType") if isinstance(schema, Mapping) else None


def _word(schema: Any) -> str:
    return _logical(schema) or _kind(schema)


def _subject(place: str) -> str:
    return f"field `{place}`" if place else "the record"
