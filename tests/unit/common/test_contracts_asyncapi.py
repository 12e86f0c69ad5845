"""The AsyncAPI document is whole: every reference leads somewhere, every message travels, every operation has both."""

import json
from datetime import UTC, datetime
from types import SimpleNamespace
from uuid import uuid4

import pytest
from jsonschema import Draft7Validator

from common import wire
from common.contracts.registry import asyncapi, files, inventory, usage
from common.contracts.subscriptions import SUBSCRIPTIONS
from tests.unit.common.test_contracts_schema import FORMATS


@pytest.fixture(scope="module")
def document():
    return asyncapi.document()


def references(value):
    """Yield every reference inside a value."""
    if isinstance(value, dict):
        if "$ref" in value:
            yield value["$ref"]
        for inner in value.values():
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def at(document, reference):
    """Return what a reference leads to."""
    found = document
    for step in reference.removeprefix("#/").split("/"):
        found = found[step]
    return found


class TestDocument:
    def test_has_what_asyncapi_3_asks_for(self, document):
        assert document["asyncapi"] == "3.0.0"
        assert document["info"].keys() >= {"title", "version"}
        assert all(server.keys() >= {"host", "protocol"} for server in document["servers"].values())

    def test_leads_somewhere_with_every_reference(self, document):
        found = list(references(document))

        assert len(found) > 3 * len(inventory.messages())
        assert all(at(document, reference) for reference in found)

    def test_has_every_message_with_its_channel(self, document):
        travelling = {
            reference for channel in document["channels"].values() for reference in references(channel["messages"])
        }

        assert travelling == {f"#/components/messages/{name}" for name in document["components"]["messages"]}
        assert len(travelling) == len(inventory.messages())

    def test_has_names_that_asyncapi_accepts(self, document):
        for kind in document["components"].values():
            assert all(name.replace(".", "").replace("_", "").replace("-", "").isalnum() for name in kind)


class TestOperations:
    def test_are_on_a_channel_that_has_their_messages(self, document):
        for operation in document["operations"].values():
            channel = operation["channel"]["$ref"]

            assert operation["action"] in {"send", "receive"}
            assert all(message["$ref"].startswith(f"{channel}/messages/") for message in operation["messages"])

    def test_say_who_hears_what(self, document):
        heard = {name for name, said in document["operations"].items() if ".hears." in name}

        assert heard == {
            f"{service}_svc.hears.{event.routing_key()}"
            for service, events in SUBSCRIPTIONS.items()
            for event in events
        }

    def test_have_a_sender_for_every_message(self, document):
        sent = {
            reference
            for operation in document["operations"].values()
            if operation["action"] == "send"
            for message in operation["messages"]
            for reference in references(at(document, message["$ref"]))
        }

        unsent = {name.replace("/", ".") for name in usage.UNSENT}
        assert sent == {
            f"#/components/messages/{name}" for name in document["components"]["messages"] if name not in unsent
        }


class TestMessages:
    def test_have_examples_that_their_payloads_allow(self, document):
        for said in document["components"]["messages"].values():
            payload = {**said["payload"], "components": document["components"]}
            validator = Draft7Validator(payload, format_checker=FORMATS)

            assert said["examples"]
            for example in said["examples"]:
                validator.validate(example["payload"])

    def test_of_events_have_the_headers_that_are_really_sent(self, document):
        row = SimpleNamespace(
            exchange="booking.events",
            type="SeatHeld",
            version=1,
            event_id=uuid4(),
            correlation_id=uuid4(),
            occurred_at=datetime(2026, 12, 1, tzinfo=UTC),
        )
        said = document["components"]["messageTraits"]["cloudEvent"]["headers"]
        sent = wire._headers(row, "json")

        Draft7Validator(said, format_checker=FORMATS).validate(sent)
        assert set(said["required"]) == sent.keys()

    def test_can_be_read_by_any_json_reader(self, document):
        assert json.loads(files.expected()[asyncapi.PATH])["asyncapi"] == "3.0.0"
