"""The same catalogue for machines: an AsyncAPI 3.0 document of every channel, message and operation."""

import tomllib
from typing import Any

from common.contracts.registry import avro, inventory, usage
from common.contracts.registry.schema import wire_schema
from common.contracts.subscriptions import SUBSCRIPTIONS, inbox_queue
from common.messages import Command, Event, Message

Json = dict[str, Any]

PATH = "docs/reference/asyncapi.json"

_DESCRIPTION = """\
Services that sell seats and talk by commands and events. Events may be heard by anybody, with a queue of their own on \
the exchange; commands are for the services among themselves.

Events are CloudEvents in binary mode: the attributes are headers, the body is flat JSON. Commands are Celery tasks \
(message protocol 2): the payload shown here is the task's keyword arguments, the second of the three parts of the body.

An installation may have events of chosen exchanges published as Avro instead (content type \
`application/vnd.apache.avro+single-object`: C3 01, the CRC-64-AVRO fingerprint of the writer's schema, the body); the \
fields are the same. `x-avro` of a message names its schema.

Payloads are the contracts in the repository's `contracts/`, where each version has its JSON Schema.\
"""
_AMQP = {"bindingVersion": "0.3.0"}
# What `common.wire` writes beside the body of an event: CloudEvents' AMQP binding, and W3C Trace Context.
_HEADERS: Json = {
    "cloudEvents:specversion": {"const": "1.0", "type": "string"},
    "cloudEvents:id": {"type": "string", "format": "uuid", "description": "The same as `eventId`."},
    "cloudEvents:source": {"type": "string", "format": "uri-reference", "description": "The owner: `/booking_svc`."},
    "cloudEvents:type": {"type": "string", "description": "`aerosaga.booking.SeatHeld.v1`."},
    "cloudEvents:time": {"type": "string", "format": "date-time", "description": "The same as `occurredAt`."},
    "cloudEvents:dataschema": {"type": "string", "format": "uri-reference", "description": "The path of the contract."},
    "traceparent": {"type": "string", "description": "Its trace id is the `correlationId`."},
}


def document() -> Json:
    """Return the document, ready to be written to `PATH`."""
    messages = inventory.messages()
    schemas: Json = {}
    described = {_key(cls): _message(cls, schemas) for cls in messages}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Aerosaga",
            "version": tomllib.loads((usage.ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"],
            "description": _DESCRIPTION,
            "license": {"name": "MIT"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "broker": {
                "host": "localhost:5672",
                "protocol": "amqp",
                "protocolVersion": "0.9.1",
                "description": "RabbitMQ. `bin/aerosaga status` says where it is; the embedded way has none.",
            }
        },
        "channels": {
            **{_key(event): _exchange(event) for event in inventory.events()},
            **{queue: _queue(queue) for queue in sorted({command.queue for command in inventory.commands()})},
        },
        "operations": _operations(),
        "components": {
            "messages": described,
            "messageTraits": {
                "cloudEvent": {
                    "headers": {"type": "object", "properties": _HEADERS, "required": list(_HEADERS)},
                }
            },
            "schemas": schemas,
        },
    }


def _message(cls: type[Message], schemas: Json) -> Json:
    """Return the description of a message, and put its schemas into `schemas`."""
    schema = wire_schema(cls)
    for name, definition in schema.pop("$defs", {}).items():
        schemas[f"{_key(cls)}.{name}"] = _relocated(definition, f"#/components/schemas/{_key(cls)}.")
    [example] = schema.pop("examples")
    # The document is the base of every reference in it, and its schemas are AsyncAPI's dialect of JSON Schema.
    payload = {key: value for key, value in schema.items() if key not in {"$schema", "$id"}}
    schemas[_key(cls)] = _relocated(payload, f"#/components/schemas/{_key(cls)}.")
    summary, _, more = schema["description"].partition("\n\n")
    described = {
        "name": cls.__name__,
        "title": inventory.title(cls),
        "summary": summary,
        **({"description": more} if more else {}),
        "tags": [{"name": schema["x-message"]["owner"]}],
        "correlationId": {"location": "$message.payload#/correlationId"},
        "payload": {"$ref": f"#/components/schemas/{_key(cls)}"},
        "examples": [{"name": "example", "payload": example}],
    }
    if issubclass(cls, Event):
        described["x-avro"] = {"schema": f"/{avro.path(cls)}", "fingerprint": avro.fingerprint(cls)}
        messaging = {"contentEncoding": "utf-8", "messageType": cls.__name__, **_AMQP}
        trait = {"$ref": "#/components/messageTraits/cloudEvent"}
        return {**described, "contentType": "application/json", "traits": [trait], "bindings": {"amqp": messaging}}
    return {**described, "contentType": "application/vnd.aerosaga+json"}


def _exchange(event: type[Event]) -> Json:
    exchange = {"name": event.exchange, "type": "topic", "durable": True, "autoDelete": False}
    return {
        "address": event.routing_key(),
        "description": f"Exchange `{event.exchange}`, routing key `{event.routing_key()}`.",
        "messages": _messages(event),
        "bindings": {"amqp": {"is": "routingKey", "exchange": exchange, **_AMQP}},
    }


def _queue(queue: str) -> Json:
    accepted = [command for command in inventory.commands() if command.queue == queue]
    kept = {"name": queue, "durable": True, "exclusive": False, "autoDelete": False}
    return {
        "address": queue,
        "description": "A quorum queue, bound to a topic exchange of the same name.",
        "messages": {key: value for command in accepted for key, value in _messages(command).items()},
        "bindings": {"amqp": {"is": "queue", "queue": kept, **_AMQP}},
    }


def _messages(cls: type[Message]) -> Json:
    return {inventory.routing(cls): {"$ref": f"#/components/messages/{_key(cls)}"}}


def _operations() -> Json:
    found: Json = {}
    for event in inventory.events():
        publisher = inventory.owner(event)
        sending = {"deliveryMode": 2, **_AMQP}
        found[f"{publisher}_svc.publishes.{inventory.routing(event)}"] = _operation("send", event, publisher, sending)
        for subscriber, heard in sorted(SUBSCRIPTIONS.items()):
            if event in heard:
                hearing = _operation("receive", event, subscriber, {"ack": True, **_AMQP})
                hearing["description"] = f"From queue `{inbox_queue(subscriber, event)}`."
                found[f"{subscriber}_svc.hears.{inventory.routing(event)}"] = hearing
    for command, senders in usage.senders().items():
        for sender in senders:
            sending = {"deliveryMode": 2, **_AMQP}
            found[f"{sender}_svc.sends.{inventory.routing(command)}"] = _operation("send", command, sender, sending)
        accepting = _operation("receive", command, inventory.owner(command), {"ack": True, **_AMQP})
        accepting["description"] = f"Celery task `{command.task}`."
        found[f"{inventory.owner(command)}_svc.accepts.{inventory.routing(command)}"] = accepting
    return found


def _operation(action: str, cls: type[Message], service: str, binding: Json) -> Json:
    channel = f"#/channels/{cls.queue if issubclass(cls, Command) else _key(cls)}"
    return {
        "action": action,
        "channel": {"$ref": channel},
        "messages": [{"$ref": f"{channel}/messages/{inventory.routing(cls)}"}],
        "tags": [{"name": f"{service}_svc"}],
        "bindings": {"amqp": binding},
    }


def _relocated(value: Any, base: str) -> Any:
    """Return a schema whose references to its own definitions lead to where the document keeps them."""
    if isinstance(value, dict):
        return {
            key: base + item.removeprefix("#/$defs/") if key == "$ref" else _relocated(item, base)
            for key, item in value.items()
        }
    return [_relocated(item, base) for item in value] if isinstance(value, list) else value


def _key(cls: type[Message]) -> str:
    """Return the name of a message inside the document; the same word for its channel and its schema."""
    return f"{inventory.channel(cls)}.{inventory.routing(cls)}"
