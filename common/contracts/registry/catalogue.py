"""The page of all events and commands, for people: what each says, who says it where, and who hears it."""

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from common import codec
from common.contracts.registry import avro, inventory, usage
from common.contracts.registry.schema import ENVELOPE, fields_of, wire_schema
from common.contracts.registry.usage import Place
from common.contracts.subscriptions import SERVICES, SUBSCRIPTIONS
from common.contracts.versions import succession_of
from common.messages import Command, Event, Message

PATH = "docs/reference/events.md"
# From the page to the top of the repository.
_TOP = "../.."

_INTRODUCTION = """\
<!-- Made from the code by `bin/aerosaga contracts write`; what is changed here by hand is lost. -->

# Events and commands

Everything that crosses between services, made from the classes in [`common/contracts/`]({top}/common/contracts) and
from the code that uses them. Each has its JSON Schema in [`contracts/`]({top}/contracts), and all of it is there for
machines as an [AsyncAPI document](asyncapi.json). How a contract may change: [change an
event](../how-to/change-an-event.md).

Bodies are flat JSON; an exchange that `AEROSAGA_AVRO_EXCHANGES` names speaks [Avro](../how-to/speak-avro.md) instead,
with the same fields, and every consumer reads both. A field that is not required may be missing, and is never `null`.
Readers drop fields that they do not know. Times are UTC. Amounts are exact decimal numbers of whole units of their
currency. Beside its own fields, every message has these; `eventId` and `occurredAt` are of events only:
"""
_COLUMNS = ("| field | type | required | meaning |", "|---|---|---|---|")


def page() -> str:
    """Return the page, ready to be written to `PATH`."""
    makers, hearers = usage.makers(), usage.hearers()
    lines = [_INTRODUCTION.format(top=_TOP), *_envelope(), *_graph(), *_overview()]
    lines += ["", "## Events"]
    for event in inventory.events():
        lines += _event(event, makers.get(event, []), hearers.get(event, []))
    lines += ["", "## Commands", "", *textwrap.wrap(_COMMANDS, 120)]
    doors, steps = usage.doors(), usage.saga_steps()
    for command in inventory.commands():
        lines += _command(command, makers.get(command, []), steps.get(command, []), doors)
    return "\n".join(lines) + "\n"


_COMMANDS = (
    "A command is a Celery task: its body is the task's keyword arguments. Its one reader is its owner, who accepts it "
    "as often as it comes."
)


def _envelope() -> Iterator[str]:
    """Yield the table of the fields all messages have, as one of them has them."""
    schema = wire_schema(inventory.events()[0])
    shared = {name: said for name, said in schema["properties"].items() if name in ENVELOPE}
    shared["type"], shared["version"] = (
        {"type": "string", **_described("type")},
        {"type": "integer", **_described("version")},
    )
    yield from (*_COLUMNS, *_fields({**schema, "properties": shared}, schema))


def _described(name: str) -> dict[str, str]:
    return {"description": ENVELOPE[name]}


def _graph() -> Iterator[str]:
    """Yield who tells whom as a Mermaid graph: events as lines, commands dotted."""
    edges: dict[tuple[str, str, str], list[str]] = {}
    for subscriber, heard in SUBSCRIPTIONS.items():
        for event in heard:
            edges.setdefault((inventory.owner(event), "-->", subscriber), []).append(_short(event))
    for event in inventory.events():
        if inventory.name(event) in usage.UNHEARD:
            edges.setdefault((inventory.owner(event), "-->", "later"), []).append(_short(event))
    for command, senders in usage.senders().items():
        for sender in senders:
            edges.setdefault((sender, "-.->", inventory.owner(command)), []).append(_short(command))
    yield from ("", "```mermaid", "flowchart LR")
    yield from (f"    {service}[{service}_svc]" for service in SERVICES)
    if any(target == "later" for _, _, target in edges):
        yield "    later([nobody yet])"
    for (source, arrow, target), said in sorted(edges.items()):
        yield f'    {source} {arrow}|"{"<br/>".join(sorted(said))}"| {target}'
    yield from ("```", "", "Lines are events, dotted lines commands.")


def _overview() -> Iterator[str]:
    yield from ("", "| message | kind | owner | on | heard or accepted by |", "|---|---|---|---|---|")
    for cls in inventory.messages():
        if issubclass(cls, Event):
            kind, readers = "event", [f"{service}_svc" for service in _subscribers(cls)]
        else:
            kind, readers = "command", [f"{inventory.owner(cls)}_svc"]
        yield (
            f"| [{inventory.title(cls)}](#{_anchor(cls)}) | {kind} | {inventory.owner(cls)}_svc | "
            f"`{inventory.channel(cls)}` | {', '.join(readers) or 'nobody yet'} |"
        )


def _event(event: type[Event], makers: Sequence[Place], hearers: Sequence[Place]) -> Iterator[str]:
    yield from _head(event)
    yield f"| exchange, routing key | `{event.exchange}`, `{event.routing_key()}` |"
    schema = avro.path(event)
    yield f"| as Avro | [`{schema}`]({_TOP}/{schema}), fingerprint `{avro.fingerprint(event)}` |"
    yield f"| published by | {_places(makers) or 'nobody'} |"
    succession = succession_of(event)
    if succession:
        newer = f"[{inventory.title(succession.newer)}](#{_anchor(succession.newer)})"
        yield f"| succeeded by | {newer}; published beside it until {succession.until} |"
    later = usage.UNHEARD.get(inventory.name(event))
    yield f"| heard by | {_places(hearers) or (f'nobody yet: {later}' if later else 'nobody')} |"
    yield from _body(event)


def _command(
    command: type[Command], makers: Sequence[Place], steps: Sequence[usage.SagaStep], doors: Mapping[str, Place]
) -> Iterator[str]:
    yield from _head(command)
    yield f"| queue, task | `{command.queue}`, `{command.task}` |"
    sent = [
        f"{step.service}_svc, saga {step.saga.upper()}{' on its way back' if step.back else ''}: {step.does}"
        for step in steps
    ]
    yield f"| sent by | {'<br/>'.join([*sent, *filter(None, [_places(makers)])]) or 'nobody'} |"
    door = doors.get(command.task)
    yield f"| accepted by | {_places([door] if door else []) or 'nobody'} |"
    yield from _body(command)


def _head(cls: type[Message]) -> Iterator[str]:
    file = inventory.path(cls)
    yield from ("", f"### {inventory.title(cls)}", "")
    for paragraph in wire_schema(cls)["description"].split("\n\n"):
        yield from (*textwrap.wrap(paragraph, 120, break_on_hyphens=False, break_long_words=False), "")
    yield from ("| | |", "|---|---|", f"| contract | [`{file}`]({_TOP}/{file}) |")
    yield f"| owner | {inventory.owner(cls)}_svc |"


def _body(cls: type[Message]) -> Iterator[str]:
    schema = wire_schema(cls)
    own = {name: said for name, said in schema["properties"].items() if name not in ENVELOPE}
    yield ""
    if own:
        yield from (*_COLUMNS, *_fields({**schema, "properties": own}, schema), "")
    lines = [f"  {codec.dumps(name)}: {codec.dumps(value)}" for name, value in schema["examples"][0].items()]
    yield from ("```json", "{", ",\n".join(lines), "}", "```")


def _fields(schema: dict[str, Any], root: dict[str, Any]) -> Iterator[str]:
    for field in fields_of(schema, root):
        cells = (f"`{field.name}`", field.kind, "yes" if field.required else "no", field.meaning)
        yield f"| {' | '.join(' '.join(cell.replace('|', chr(92) + '|').split()) for cell in cells)} |"


def _places(places: Sequence[Place]) -> str:
    return "<br/>".join(
        f"[`{place.function}`]({_TOP}/{place.file})" + (f": {place.does}" if place.does else "") for place in places
    )


def _subscribers(event: type[Event]) -> list[str]:
    return [service for service in SERVICES if event in SUBSCRIPTIONS.get(service, ())]


def _short(cls: type[Message]) -> str:
    """Return the name a graph has room for; the version where it says something."""
    return cls.__name__ if cls.version == 1 else inventory.title(cls)


def _anchor(cls: type[Message]) -> str:
    return inventory.title(cls).lower().replace(" ", "-")
