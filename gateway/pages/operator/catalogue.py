"""The catalogue of events and commands: what each says, who says it and who hears it, from the contracts themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache

import simplejson

from common.contracts.registry import inventory
from common.contracts.registry.schema import ENVELOPE, Field, fields_of, wire_schema
from common.contracts.subscriptions import SUBSCRIPTIONS
from common.contracts.versions import succession_of
from common.messages import Event, Message
from gateway.stream.news import HEARD


@dataclass(frozen=True, kw_only=True)
class Contract:
    """
    One version of an event or command.

    `readers` are the services that hear or accept it; `is_live` if operators see it as it is published.
    """

    name: str
    version: int
    title: str
    key: str
    kind: str
    owner: str
    channel: str
    readers: Sequence[str]
    is_live: bool
    is_personal: bool
    superseded_by: str | None
    superseded_until: date | None


@dataclass(frozen=True, kw_only=True)
class Details:
    """What a contract says field by field, without those that every message has; `example` is a real body."""

    contract: Contract
    paragraphs: Sequence[str]
    fields: Sequence[Field]
    example: str


@cache
def contracts() -> Sequence[Contract]:
    """Return every published version of every event and command, events first."""
    return [_contract(cls) for cls in (*inventory.events(), *inventory.commands())]


def live_names() -> list[str]:
    """Return the names of events that operators see as they are published."""
    return sorted({event.__name__ for event in HEARD})


@cache
def details(key: str) -> Details | None:
    """Return a contract by its key, such as `booking.events/SeatHeld.v1`."""
    cls = next((each for each in inventory.messages() if inventory.name(each) == key), None)
    if cls is None:
        return None
    schema = wire_schema(cls)
    own = {name: said for name, said in schema["properties"].items() if name not in ENVELOPE}
    return Details(
        contract=_contract(cls),
        paragraphs=[" ".join(each.split()) for each in schema["description"].split("\n\n")],
        fields=list(fields_of({**schema, "properties": own}, schema)),
        example=simplejson.dumps(schema["examples"][0], use_decimal=True, indent=2, ensure_ascii=False, default=str),
    )


def _contract(cls: type[Message]) -> Contract:
    is_event = issubclass(cls, Event)
    succession = succession_of(cls) if issubclass(cls, Event) else None
    owner = inventory.owner(cls)
    return Contract(
        name=cls.__name__,
        version=cls.version,
        title=inventory.title(cls),
        key=inventory.name(cls),
        kind="event" if is_event else "command",
        owner=owner,
        channel=inventory.channel(cls),
        readers=[service for service, heard in SUBSCRIPTIONS.items() if cls in heard] if is_event else [owner],
        is_live=cls in HEARD,
        is_personal=cls.personal,
        superseded_by=inventory.title(succession.newer) if succession else None,
        superseded_until=succession.until if succession else None,
    )
