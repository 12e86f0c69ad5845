"""The contract of one message: a JSON Schema of its body as it is on the wire."""

import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any

from pydantic import TypeAdapter
from pydantic.alias_generators import to_camel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from common import codec
from common.contracts.registry import inventory
from common.contracts.registry.examples import example
from common.contracts.versions import succession_of
from common.messages import Event, Message

Json = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"

#: What every message carries, by its wire name, and what it means; the last two are of events.
ENVELOPE = {
    "type": "The name of this message.",
    "version": "The version of its contract.",
    "correlationId": "Names the request that began it all.",
    "eventId": "Names this event; the same however often it is delivered.",
    "occurredAt": "When it happened, by the clock of its owner's database; UTC, with microseconds.",
}
# A field is explained by the part of the docstring that names it in backticks.
_PARTS = re.compile(r"(?<=[.;])\s+|(?<=:)\s+(?=`)")
_QUOTED = re.compile(r"`(\w+)`")


def wire_schema(cls: type[Message]) -> Json:
    """
    Return the JSON Schema (2020-12) of the bodies of `cls`, with a real one as its example.

    `required` are the fields every body of this version has, whoever wrote it and when. Unknown fields are allowed.
    """
    made = TypeAdapter(cls).json_schema(by_alias=True, schema_generator=_Wire)
    shown, meanings = example(cls), _meanings(cls)
    properties: Json = {
        "type": {"const": shown["type"], "type": "string"},
        "version": {"const": shown["version"], "type": "integer"},
        **made["properties"],
    }
    always = {*made.get("required", ()), *ENVELOPE}
    schema: Json = {
        "$schema": DIALECT,
        "$id": f"/{inventory.path(cls)}",
        "title": inventory.title(cls),
        "description": _description(cls),
        "x-message": inventory.route(cls),
        **_succeeded(cls),
        "type": "object",
        "properties": {
            name: {**said, **({"description": meanings[name]} if name in meanings else {})}
            for name, said in properties.items()
        },
        "required": [name for name in properties if name in always],
        "additionalProperties": True,
        "examples": [shown],
    }
    if "$defs" in made:
        schema["$defs"] = {name: _open(made["$defs"][name]) for name in sorted(made["$defs"])}
    return schema


def in_words(schema: Json) -> str:
    """Return the type of a field for people to read: `string (uuid)`, `card | wallet | crypto`, `list of integer`."""
    if "const" in schema:
        return str(schema["const"])
    if "enum" in schema:
        return " | ".join(str(value) for value in schema["enum"])
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    for union in ("anyOf", "oneOf"):
        if union in schema:
            return " or ".join(in_words(member) for member in schema[union])
    said = schema.get("type", "anything")
    if said == "array":
        return f"list of {in_words(schema.get('items', {}))}"
    return f"{said} ({schema['format']})" if "format" in schema else str(said)


@dataclass(frozen=True, kw_only=True)
class Field:
    """A field of a contract in words; one of an object within another is called `outer.inner`."""

    name: str
    kind: str
    required: bool
    meaning: str


def fields_of(schema: Json, root: Json, *, prefix: str = "") -> Iterator[Field]:
    """Yield the fields of a `schema`, each followed by those within it; `root` is the schema that defines them."""
    for name, said in schema["properties"].items():
        inner = root.get("$defs", {}).get(str(said.get("$ref", "")).rpartition("/")[2])
        meaning = said.get("description") or (inner or {}).get("description", "")
        if "default" in said:
            meaning = f"{meaning} Without it: {codec.dumps(said['default'])}.".strip()
        yield Field(
            name=prefix + name,
            kind=in_words(said if inner is None else {"type": "object"} if "properties" in inner else inner),
            required=name in schema.get("required", ()),
            meaning=meaning,
        )
        if inner and "properties" in inner:
            yield from fields_of(inner, root, prefix=f"{prefix}{name}.")


class _Wire(GenerateJsonSchema):
    """What is written, not all that pydantic would read: amounts are numbers, and what is None is left out."""

    def decimal_schema(self, schema: core_schema.DecimalSchema) -> JsonSchemaValue:
        return {"type": "number"}

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        if schema.get("default", ...) is None:
            return self.generate_inner(schema["schema"])
        return super().default_schema(schema)

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def _open(definition: Json) -> Json:
    """Say of a nested object, too, that fields nobody knows are allowed."""
    return {**definition, "additionalProperties": True} if "properties" in definition else definition


def _succeeded(cls: type[Message]) -> Json:
    """Return what says that a newer version has taken the place of this one."""
    succession = succession_of(cls) if issubclass(cls, Event) else None
    if succession is None:
        return {}
    return {
        "deprecated": True,
        "x-succession": {"by": inventory.title(succession.newer), "until": succession.until.isoformat()},
    }


def _description(cls: type[Message]) -> str:
    return _in_camel(inspect.cleandoc(cls.__doc__ or ""), cls)


def _meanings(cls: type[Message]) -> dict[str, str]:
    """Return what the docstrings of `cls` and of what it inherits from say about each field, by its wire name."""
    known = {to_camel(field.name) for field in fields(cls)}
    found: dict[str, str] = {}
    for ancestor in cls.__mro__:
        if ancestor in (Event, Message, object):
            continue
        for part in _PARTS.split(" ".join(inspect.cleandoc(ancestor.__dict__.get("__doc__") or "").split())):
            for name in _named(part):
                if name in known:
                    found.setdefault(name, _in_camel(part.rstrip(".;:"), cls) + ".")
    return {**found, **ENVELOPE}


def _named(text: str) -> Iterator[str]:
    return (to_camel(match[1]) for match in _QUOTED.finditer(text))


def _in_camel(text: str, cls: type[Message]) -> str:
    """Return `text` with the names of fields as they are on the wire."""
    known = {field.name for field in fields(cls)}
    return _QUOTED.sub(lambda match: f"`{to_camel(match[1])}`" if match[1] in known else match[0], text)
