"""A published contract only grows: which changes are refused, which are not, and that the refusal says why."""

import copy

import pytest

from common.contracts.booking import ReservationFailed
from common.contracts.payment import PaymentAuthorizeRequested
from common.contracts.registry import inventory
from common.contracts.registry.compatibility import breaking_changes
from common.contracts.registry.schema import wire_schema


def schema(kind="event", required=("id", "amount", "at", "state"), **properties):
    """A small contract that has a bit of everything."""
    return {
        "title": "Thing v1",
        "x-message": {"kind": kind, "exchange": "booking.events"},
        "type": "object",
        "properties": {
            "version": {"const": 1, "type": "integer"},
            "id": {"type": "integer", "minimum": 1},
            "amount": {"type": "number"},
            "at": {"type": "string", "format": "date-time"},
            "state": {"enum": ["open", "done"], "type": "string"},
            "note": {"type": "string", "maxLength": 100},
            "part": {"type": "integer", "default": 1},
            "method": {"$ref": "#/$defs/Method"},
            "names": {"type": "array", "items": {"type": "string"}},
            "places": {"type": "object", "additionalProperties": {"type": "integer"}},
            "code": {"anyOf": [{"type": "string"}, {"type": "integer"}]},
            **properties,
        },
        "required": list(required),
        "additionalProperties": True,
        "$defs": {
            "Method": {
                "type": "object",
                "properties": {"kind": {"enum": ["card", "wallet"], "type": "string"}, "token": {"type": "string"}},
                "required": ["kind"],
                "additionalProperties": True,
            }
        },
    }


def change(kind, path, value):
    """A contract with one place, such as properties.id.type, changed; None takes the place away."""
    changed = copy.deepcopy(schema(kind))
    *way, last = path.split("/")
    inner = changed
    for step in way:
        inner = inner[step]
    if value is None:
        del inner[last]
    else:
        inner[last] = value
    return changed


def without(kind, name):
    changed = copy.deepcopy(schema(kind))
    del changed["properties"][name]
    changed["required"] = [each for each in changed["required"] if each != name]
    return changed


# For readers of either kind: what was said before is gone, stricter or different.
BREAKS_ANYBODY = {
    "a field is gone": lambda kind: (without(kind, "note"), "field `note` is gone"),
    "a required field is gone": lambda kind: (without(kind, "id"), "field `id` is gone"),
    "a field has a new name": lambda kind: (
        {**without(kind, "note"), "properties": {**without(kind, "note")["properties"], "text": {"type": "string"}}},
        "field `note` is gone",
    ),
    "a field is of another type": lambda kind: (
        change(kind, "properties/id/type", "string"),
        "field `id` was integer and is now string",
    ),
    "a type is narrower": lambda kind: (
        change(kind, "properties/amount/type", "integer"),
        "field `amount` was number and is now integer",
    ),
    "an optional field is required": lambda kind: (
        schema(kind, required=("id", "amount", "at", "state", "note")),
        "field `note` was optional and is now required",
    ),
    "a new field is required": lambda kind: (
        schema(kind, required=("id", "amount", "at", "state", "gate"), gate={"type": "string"}),
        "field `gate` is new and required",
    ),
    "a format is another": lambda kind: (
        change(kind, "properties/at/format", "date"),
        "the format of field `at` was date-time and is now date",
    ),
    "a format is added": lambda kind: (
        change(kind, "properties/note/format", "uuid"),
        "the format of field `note` was free and is now uuid",
    ),
    "a constant is another": lambda kind: (
        change(kind, "properties/version/const", 2),
        "field `version` can no longer be 1",
    ),
    "an enum loses a value": lambda kind: (
        change(kind, "properties/state/enum", ["open"]),
        "field `state` can no longer be 'done'",
    ),
    "free text becomes an enum": lambda kind: (
        change(kind, "properties/note/enum", ["yes", "no"]),
        "field `note` was free and is now one of yes, no",
    ),
    "a lower bound is higher": lambda kind: (
        change(kind, "properties/id/minimum", 2),
        "the minimum of field `id` was 1 and is now 2",
    ),
    "an upper bound is lower": lambda kind: (
        change(kind, "properties/note/maxLength", 50),
        "the maxLength of field `note` was 100 and is now 50",
    ),
    "an upper bound is new": lambda kind: (
        change(kind, "properties/id/maximum", 999),
        "the maximum of field `id` was none and is now 999",
    ),
    "a default is another": lambda kind: (
        change(kind, "properties/part/default", 0),
        "field `part`, when left out, meant 1 and now means 0",
    ),
    "a default is new": lambda kind: (
        change(kind, "properties/note/default", "none"),
        "field `note`, when left out, meant nothing and now means 'none'",
    ),
    "a field inside a field is gone": lambda kind: (
        change(kind, "$defs/Method/properties/token", None),
        "field `method.token` is gone",
    ),
    "a field inside a field is required": lambda kind: (
        change(kind, "$defs/Method/required", ["kind", "token"]),
        "field `method.token` was optional and is now required",
    ),
    "the items of a list are of another type": lambda kind: (
        change(kind, "properties/names/items/type", "integer"),
        "field `names[]` was string and is now integer",
    ),
    "the values of a map are of another type": lambda kind: (
        change(kind, "properties/places/additionalProperties/type", "string"),
        "field `places.*` was integer and is now string",
    ),
    "one of several types is gone": lambda kind: (
        change(kind, "properties/code/anyOf", [{"type": "string"}]),
        "field `code` can no longer be integer",
    ),
    "unknown fields are refused": lambda kind: (
        change(kind, "additionalProperties", False),
        "the message no longer takes any field",
    ),
    "it goes another way": lambda kind: (
        change(kind, "x-message/exchange", "flight.events"),
        "its exchange was 'booking.events' and is now 'flight.events'",
    ),
    "something this check does not know": lambda kind: (
        change(kind, "properties/note/contains", {"type": "string"}),
        "`contains` of field `note` has changed, which this check cannot judge",
    ),
}
# More is allowed than before: consumers of an event would meet it, the one reader of a command is ready for it.
BREAKS_CONSUMERS = {
    "an enum has a new value": (("properties/state/enum", ["open", "done", "lost"]), "field `state` can now be 'lost'"),
    "an enum inside a field has a new value": (
        ("$defs/Method/properties/kind/enum", ["card", "wallet", "crypto"]),
        "field `method.kind` can now be 'crypto'",
    ),
    "an enum becomes free text": (("properties/state/enum", None), "field `state` was one of open, done and is now"),
    "a type is wider": (("properties/id/type", "number"), "field `id` was integer and is now number"),
    "a required field is optional": (("required", ["id", "amount", "at"]), "`state` was always there and is now opt"),
    "a format is gone": (("properties/at/format", None), "the format of field `at` was date-time and is now free"),
    "a lower bound is lower": (("properties/id/minimum", 0), "the minimum of field `id` was 1 and is now 0"),
    "an upper bound is gone": (("properties/note/maxLength", None), "the maxLength of field `note` was 100 and is now"),
    "there is one type more": (
        ("properties/code/anyOf", [{"type": "string"}, {"type": "integer"}, {"type": "boolean"}]),
        "field `code` can now be boolean",
    ),
    "one type becomes two": (("properties/id/type", ["integer", "string"]), "field `id` can now be string"),
}
ALLOWED = {
    "nothing": lambda kind: schema(kind),
    "a new optional field": lambda kind: schema(kind, gate={"type": "string"}),
    "a new optional field with a default": lambda kind: schema(kind, gates={"type": "integer", "default": 1}),
    "a new optional object with required fields": lambda kind: schema(
        kind, gate={"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}
    ),
    "a new optional field inside a field": lambda kind: change(
        kind,
        "$defs/Method/properties",
        {**schema()["$defs"]["Method"]["properties"], "brand": {"type": "string"}},
    ),
    "another description": lambda kind: change(kind, "properties/note/description", "What it says."),
    "another title and example": lambda kind: {**schema(kind), "title": "Thing", "examples": [{"id": 1}]},
    "a field that is deprecated": lambda kind: change(kind, "properties/note/deprecated", True),
    "another order": lambda kind: {
        **schema(kind),
        "properties": dict(reversed(schema(kind)["properties"].items())),
        "required": ["state", "at", "amount", "id"],
    },
    "an enum in another order": lambda kind: change(kind, "properties/state/enum", ["done", "open"]),
    "a definition written out": lambda kind: change(kind, "properties/method", schema()["$defs"]["Method"]),
    "a definition of another name": lambda kind: {
        **schema(kind, method={"$ref": "#/$defs/Way"}),
        "$defs": {"Way": schema()["$defs"]["Method"]},
    },
    "types in another order": lambda kind: change(
        kind, "properties/code/anyOf", [{"type": "integer"}, {"type": "string"}]
    ),
}


@pytest.mark.parametrize("kind", ["event", "command"])
class TestOfEitherKind:
    @pytest.mark.parametrize("what", BREAKS_ANYBODY)
    def test_this_is_refused(self, kind, what):
        new, said = BREAKS_ANYBODY[what](kind)

        [*sentences] = breaking_changes(schema(kind), new)

        assert any(said in sentence for sentence in sentences)
        assert all(sentence.startswith("Thing v1: ") and sentence.endswith(".") for sentence in sentences)

    @pytest.mark.parametrize("what", ALLOWED)
    def test_this_is_allowed(self, kind, what):
        assert breaking_changes(schema(kind), ALLOWED[what](kind)) == []


@pytest.mark.parametrize("what", BREAKS_CONSUMERS)
class TestAWiderContract:
    def test_of_an_event_is_refused_because_consumers_were_never_told(self, what):
        where, said = BREAKS_CONSUMERS[what]

        [sentence] = breaking_changes(schema("event"), change("event", *where))

        assert said in sentence
        assert sentence.endswith("; consumers would meet what they were never told of.")

    def test_of_a_command_is_allowed_because_its_one_reader_is_its_owner(self, what):
        where, _ = BREAKS_CONSUMERS[what]

        assert breaking_changes(schema("command"), change("command", *where)) == []


class TestRefusals:
    def test_tell_of_every_change_at_once(self):
        changed = change("event", "properties/id/type", "string")
        del changed["properties"]["note"]

        assert len(breaking_changes(schema(), changed)) == 2

    def test_of_commands_speak_of_those_who_send_them(self):
        [sentence] = breaking_changes(schema("command"), change("command", "properties/amount/type", "integer"))

        assert sentence.endswith("; what is sent today would be refused.")

    def test_end_where_a_definition_contains_itself(self):
        tree = schema(branch={"$ref": "#/$defs/Branch"})
        tree["$defs"]["Branch"] = {
            "type": "object",
            "properties": {"name": {"type": "string"}, "branches": {"anyOf": [{"$ref": "#/$defs/Branch"}]}},
        }
        pruned = copy.deepcopy(tree)
        pruned["$defs"]["Branch"]["properties"]["name"]["type"] = "integer"

        assert breaking_changes(tree, tree) == []
        assert "field `branch.name` was string and is now integer" in " ".join(breaking_changes(tree, pruned))


class TestRealContracts:
    @pytest.mark.parametrize("cls", inventory.messages(), ids=inventory.title)
    def test_keep_their_own_promises(self, cls):
        assert breaking_changes(wire_schema(cls), wire_schema(cls)) == []

    @pytest.mark.parametrize("cls", inventory.messages(), ids=inventory.title)
    def test_cannot_lose_any_field(self, cls):
        for name in wire_schema(cls)["properties"]:
            shorter = wire_schema(cls)
            del shorter["properties"][name]
            if name in shorter["required"]:
                shorter["required"].remove(name)

            assert f"field `{name}` is gone" in " ".join(breaking_changes(wire_schema(cls), shorter))

    def test_cannot_turn_amounts_into_text(self):
        changed = wire_schema(PaymentAuthorizeRequested)
        changed["properties"]["amount"] = {"type": "string"}

        [sentence] = breaking_changes(wire_schema(PaymentAuthorizeRequested), changed)
        assert sentence == (
            "PaymentAuthorizeRequested v1: field `amount` was number and is now string; what is sent today would be "
            "taken for something else."
        )

    def test_cannot_change_their_exchange(self):
        changed = wire_schema(ReservationFailed)
        changed["x-message"] = {**changed["x-message"], "exchange": "payment.events"}

        [sentence] = breaking_changes(wire_schema(ReservationFailed), changed)
        assert "its exchange was 'booking.events' and is now 'payment.events'" in sentence
