"""Which commands and events there are, and the name each one's contract has."""

import pkgutil
from collections.abc import Iterator, Mapping
from importlib import import_module

from common import contracts
from common.messages import Command, Event, Message

#: Contracts that nobody publishes or reads any more, by name, each with the reason and the date it ended on. Without a
#: line here a published contract cannot go, and with one its name cannot come back with another meaning.
RETIRED: Mapping[str, str] = {}

# What several messages share is named so, and is no message itself.
_BASES = ("Event", "Command")


def messages() -> list[type[Message]]:
    """
    Return every command and event of `common.contracts`, sorted by the name of its contract.

    :raises LookupError: if an event has no exchange, or a command no queue or task
    """
    return sorted(by_code_name().values(), key=name)


def by_code_name() -> dict[str, type[Message]]:
    """Return every command and event by the name code imports it under, `common.contracts.booking.SeatHeld`."""
    return dict(_found())


def events() -> list[type[Event]]:
    """Return every event, sorted by the name of its contract."""
    return [found for found in messages() if issubclass(found, Event)]


def commands() -> list[type[Command]]:
    """Return every command, sorted by the name of its contract."""
    return [found for found in messages() if issubclass(found, Command)]


def channel(cls: type[Message]) -> str:
    """Return the exchange of an event or the queue of a command, such as `booking.events`."""
    return cls.exchange if issubclass(cls, Event) else _attribute(cls, "queue")


def routing(cls: type[Message]) -> str:
    """Return type and version in one word: `SeatHeld.v1`."""
    return cls.routing_key() if issubclass(cls, Event) else f"{cls.__name__}.v{cls.version}"


def title(cls: type[Message]) -> str:
    """Return what people call this contract: `SeatHeld v1`."""
    return routing(cls).replace(".", " ")


def name(cls: type[Message]) -> str:
    """Return what tells this contract from all others: `booking.events/SeatHeld.v1`."""
    return f"{channel(cls)}/{routing(cls)}"


def path(cls: type[Message]) -> str:
    """Return the path of the contract's file from the top of the repository."""
    return f"contracts/{name(cls)}.json"


def owner(cls: type[Message]) -> str:
    """Return the service that publishes this event or accepts this command, such as `booking`."""
    return channel(cls).partition(".")[0]


def route(cls: type[Message]) -> dict[str, str]:
    """Return how this message reaches its readers; a change of it is as breaking as one of a field."""
    if issubclass(cls, Event):
        return {
            "kind": "event",
            "owner": f"{owner(cls)}_svc",
            "exchange": cls.exchange,
            "routingKey": routing(cls),
        }
    return {
        "kind": "command",
        "owner": f"{owner(cls)}_svc",
        "queue": _attribute(cls, "queue"),
        "task": _attribute(cls, "task"),
    }


def _found() -> Iterator[tuple[str, type[Message]]]:
    for module in pkgutil.iter_modules(contracts.__path__, f"{contracts.__name__}."):
        if module.ispkg:
            continue
        for code_name, cls in vars(import_module(module.name)).items():
            if not (isinstance(cls, type) and issubclass(cls, Message)) or cls.__module__ != module.name:
                continue
            if not cls.__name__.endswith(_BASES):
                _check(cls)
                yield f"{module.name}.{code_name}", cls


def _check(cls: type[Message]) -> None:
    for needed in ("exchange",) if issubclass(cls, Event) else ("queue", "task"):
        _attribute(cls, needed)


def _attribute(cls: type[Message], needed: str) -> str:
    value: str | None = getattr(cls, needed, None)
    if not value:
        raise LookupError(
            f"{cls.__module__}.{cls.__name__} has no `{needed}`, so nobody knows where it travels: give it one, or a "
            f"name that ends in {' or '.join(_BASES)} if it is only what other messages share."
        )
    return value
