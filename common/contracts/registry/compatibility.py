"""
What may change in a contract that is published.

Documentation may change, and fields may be added that need not be there. Beyond that, it depends on who has to live
with the change:

           narrower (less is allowed)               wider (more is allowed)                   another meaning
event      no: what was published before waits in   no: consumers meet what they were         no
           queues and outboxes, and is replayed     never told of
command    no: what is sent today is refused        yes: its one reader is its owner, who     no
                                                    is changed together with it

So an event may not get a new enum value and may not lose a guarantee (a field that was always there), while a command
may accept more than before. What may not change becomes a new version.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from common.contracts.registry.schema import in_words

Json = Mapping[str, Any]

# Keywords for people: what they say binds nobody. `default` is not among them.
_DOCUMENTATION = {
    "title",
    "description",
    "examples",
    "deprecated",
    "x-succession",
    "$comment",
    "$id",
    "$schema",
    "$defs",
}
# A value has to be exactly of this kind; another kind is not a smaller or larger set of values but a different one.
_KINDS = ("format", "pattern", "contentEncoding", "contentMediaType", "multipleOf", "uniqueItems")
_LOWEST = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_HIGHEST = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_HANDLED = {
    *_DOCUMENTATION,
    *_KINDS,
    *_LOWEST,
    *_HIGHEST,
    *("type", "const", "enum", "anyOf", "oneOf", "$ref", "default", "x-message"),
    *("properties", "required", "additionalProperties", "items"),
}
_WHY = {
    ("event", "narrower"): "what was published before could no longer be read",
    ("event", "wider"): "consumers would meet what they were never told of",
    ("event", "other"): "consumers would misread it",
    ("command", "narrower"): "what is sent today would be refused",
    ("command", "other"): "what is sent today would be taken for something else",
}


@dataclass(frozen=True)
class _Change:
    kind: Literal["narrower", "wider", "other"]
    text: str


def breaking_changes(old: Json, new: Json) -> list[str]:
    """
    Return a sentence for each change from contract `old` to `new` that somebody cannot live with; none: go ahead.

    Whatever this check does not understand counts as breaking.
    """
    kind = old.get("x-message", {}).get("kind", "event")
    found = []
    for change in [*_routes(old, new), *_Comparison(old, new).changes(old, new, "")]:
        why = _WHY.get((kind, change.kind))
        if why:
            found.append(f"{old.get('title', 'the contract')}: {change.text}; {why}.")
    return found


def _routes(old: Json, new: Json) -> Iterator[_Change]:
    before, after = old.get("x-message", {}), new.get("x-message", {})
    for key in sorted({*before, *after}):
        if before.get(key) != after.get(key):
            yield _Change("other", f"its {key} was {before.get(key)!r} and is now {after.get(key)!r}")


class _Comparison:
    """Two schemas, side by side; each finds its own definitions."""

    def __init__(self, old_root: Json, new_root: Json, within: list[tuple[Any, Any]] | None = None) -> None:
        self._old_root = old_root
        self._new_root = new_root
        # The pairs of definitions that are being compared further up.
        self._within = [] if within is None else within

    def changes(self, old: Any, new: Any, place: str) -> Iterator[_Change]:
        """Yield how `new` differs from `old`; `place` names the field, "" is the message itself."""
        references = (_reference(old), _reference(new))
        if None not in references and references in self._within:
            return  # a definition that contains itself: what differs in it is being told already
        self._within.append(references)
        before = _alternatives(_resolved(old, self._old_root))
        after = _alternatives(_resolved(new, self._new_root))
        if len(before) == len(after) == 1:
            yield from self._plain(before[0], after[0], place)
        else:
            yield from self._unions(before, after, place)
        self._within.pop()

    def _unions(self, before: list[Json], after: list[Json], place: str) -> Iterator[_Change]:
        for was in before:
            if not any(_covers(self.changes(was, now, place)) for now in after):
                yield _Change("narrower", f"{_subject(place)} can no longer be {in_words(dict(was))}")
        other_way = _Comparison(self._new_root, self._old_root, self._within)
        for now in after:
            if not any(_covers(other_way.changes(now, was, place)) for was in before):
                yield _Change("wider", f"{_subject(place)} can now be {in_words(dict(now))}, too")

    def _plain(self, old: Json, new: Json, place: str) -> Iterator[_Change]:
        was, now = old.get("type"), new.get("type")
        if was != now:
            kind = _type_change(was, now)
            yield _Change(kind, f"{_subject(place)} was {was or 'anything'} and is now {now or 'anything'}")
            if kind == "other":
                return  # nothing that is said of one type can be compared with the other's
        yield from _values(old, new, place)
        yield from _kinds(old, new, place)
        yield from _bounds(old, new, place)
        yield from self._fields(old, new, place)
        yield from self._others(old, new, place)
        if "items" in old or "items" in new:
            yield from self.changes(old.get("items", {}), new.get("items", {}), f"{place}[]")
        for key in sorted({*old, *new} - _HANDLED):
            if old.get(key) != new.get(key):
                yield _Change("other", f"`{key}` of {_subject(place)} has changed, which this check cannot judge")

    def _fields(self, old: Json, new: Json, place: str) -> Iterator[_Change]:
        before, after = old.get("properties", {}), new.get("properties", {})
        had_to, has_to = set(old.get("required", ())), set(new.get("required", ()))
        for name in before:
            inner = f"{place}.{name}" if place else name
            if name not in after:
                yield _Change("other", f"{_subject(inner)} is gone")
                continue
            if name in has_to - had_to:
                yield _Change("narrower", f"{_subject(inner)} was optional and is now required")
            if name in had_to - has_to:
                yield _Change("wider", f"{_subject(inner)} was always there and is now optional")
            if name not in had_to | has_to:
                yield from _defaults(before[name], after[name], inner)
            yield from self.changes(before[name], after[name], inner)
        for name in after:
            if name not in before and name in has_to:
                inner = f"{place}.{name}" if place else name
                yield _Change("narrower", f"{_subject(inner)} is new and required")

    def _others(self, old: Json, new: Json, place: str) -> Iterator[_Change]:
        before, after = (
            said.get("additionalProperties", True) in (True, {}) or said["additionalProperties"] for said in (old, new)
        )
        if before is True and after is not True:
            yield _Change("narrower", f"{_subject(place)} no longer takes any field")
        elif before is not True and after is True:
            yield _Change("wider", f"{_subject(place)} now takes any field")
        elif False in (before, after):
            if before is not after:
                kind: Literal["narrower", "wider"] = "wider" if before is False else "narrower"
                yield _Change(kind, f"which fields {_subject(place)} takes has changed")
        elif before is not True:
            yield from self.changes(before, after, f"{place}.*" if place else "*")


def _type_change(was: Any, now: Any) -> Literal["narrower", "wider", "other"]:
    if was is None or (was, now) == ("number", "integer"):
        return "narrower"
    if now is None or (was, now) == ("integer", "number"):
        return "wider"
    return "other"


def _defaults(old: Json, new: Json, place: str) -> Iterator[_Change]:
    was, now = (repr(said["default"]) if "default" in said else "nothing" for said in (old, new))
    if was != now:
        yield _Change("other", f"{_subject(place)}, when left out, meant {was} and now means {now}")


def _values(old: Json, new: Json, place: str) -> Iterator[_Change]:
    before, after = _listed(old), _listed(new)
    if before is None and after is not None:
        yield _Change("narrower", f"{_subject(place)} was free and is now one of {', '.join(map(str, after))}")
    elif before is not None and after is None:
        yield _Change("wider", f"{_subject(place)} was one of {', '.join(map(str, before))} and is now free")
    elif before is not None and after is not None:
        for value in before:
            if value not in after:
                yield _Change("narrower", f"{_subject(place)} can no longer be {value!r}")
        for value in after:
            if value not in before:
                yield _Change("wider", f"{_subject(place)} can now be {value!r}, too")


def _kinds(old: Json, new: Json, place: str) -> Iterator[_Change]:
    for key in _KINDS:
        was, now = old.get(key), new.get(key)
        if was == now:
            continue
        kind: Literal["narrower", "wider", "other"] = "narrower" if was is None else "wider" if now is None else "other"
        yield _Change(kind, f"the {key} of {_subject(place)} was {was or 'free'} and is now {now or 'free'}")


def _bounds(old: Json, new: Json, place: str) -> Iterator[_Change]:
    for key in (*_LOWEST, *_HIGHEST):
        was, now = old.get(key), new.get(key)
        if was == now:
            continue
        stricter = was is None or (now is not None and (now > was if key in _LOWEST else now < was))
        said = "none" if was is None else was, "none" if now is None else now
        yield _Change(
            "narrower" if stricter else "wider", f"the {key} of {_subject(place)} was {said[0]} and is now {said[1]}"
        )


def _listed(schema: Json) -> list[Any] | None:
    if "const" in schema:
        return [schema["const"]]
    return list(schema["enum"]) if "enum" in schema else None


def _alternatives(schema: Json) -> list[Json]:
    for union in ("anyOf", "oneOf"):
        if union in schema:
            beside = {key: value for key, value in schema.items() if key != union}
            return [{**beside, **member} for member in schema[union]]
    if isinstance(schema.get("type"), list):
        return [{**schema, "type": one} for one in schema["type"]]
    return [schema]


def _covers(changes: Iterator[_Change]) -> bool:
    """Say whether everything that was allowed before these changes still is."""
    return {change.kind for change in changes} <= {"wider"}


def _reference(schema: Any) -> str | None:
    return schema.get("$ref") if isinstance(schema, Mapping) else None


def _resolved(schema: Any, root: Json) -> Json:
    if isinstance(schema, bool):
        return {} if schema else {"not": {}}
    if "$ref" not in schema:
        found: Json = schema
        return found
    target: Any = root
    for step in schema["$ref"].removeprefix("#/").split("/"):
        target = target[step]
    # What stands beside a reference holds as well.
    return {**_resolved(target, root), **{key: value for key, value in schema.items() if key != "$ref"}}


def _subject(place: str) -> str:
    return f"field `{place}`" if place else "the message"
