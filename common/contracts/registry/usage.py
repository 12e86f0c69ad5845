"""Who says what and who hears it: found in the code of the services, not written down a second time."""

import ast
import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from common import contracts
from common.contracts.registry import inventory
from common.contracts.subscriptions import SERVICES
from common.contracts.versions import SUCCESSIONS
from common.messages import Command, Event, Message
from common.worker import DOORS

ROOT = Path(contracts.__file__).parents[2]

#: Events that no service hears yet, each with the reason why it is published all the same.
UNHEARD: Mapping[str, str] = {}

#: Commands that no service sends yet, each with the reason why they are accepted all the same.
UNSENT: Mapping[str, str] = {}


@dataclass(frozen=True, order=True, kw_only=True)
class Place:
    """A function of a service; `file` is its path from the top of the repository, `does` how its docstring begins."""

    service: str
    function: str
    file: str
    does: str = ""


@dataclass(frozen=True, order=True, kw_only=True)
class SagaStep:
    """A step of a saga that sends a command, ahead or on the way back."""

    service: str
    saga: str
    does: str
    back: bool


def makers() -> dict[type[Message], list[Place]]:
    """Return for each message the functions of services that make one: it is published, or sent, from there."""
    found: dict[type[Message], set[Place]] = {}
    known = inventory.by_code_name()
    for service in SERVICES:
        for path in sorted((ROOT / f"{service}_svc").rglob("*.py")):
            relative = path.relative_to(ROOT)
            if "migrations" in relative.parts:
                continue
            for code_name, function, called in _made_in(ast.parse(path.read_bytes())):
                cls = known.get(code_name)
                # Whoever only hears an event may hand its class on, too; it is its owner who then makes one.
                if cls and (called or issubclass(cls, Command) or inventory.owner(cls) == service):
                    dotted = ".".join([*_module_of(relative), function])
                    found.setdefault(cls, set()).add(Place(service=service, function=dotted, file=relative.as_posix()))
    for succession in reversed(SUCCESSIONS):
        # The outbox makes it of its successor.
        found.setdefault(succession.older, set()).update(found.get(succession.newer, ()))
    return {cls: sorted(places) for cls, places in found.items()}


def hearers() -> dict[type[Event], list[Place]]:
    """Return for each event the functions that apply it, as every service's `consumers.HANDLERS` says."""
    found: dict[type[Event], list[Place]] = {}
    for service in SERVICES:
        for event, handlers in _attribute(f"{service}_svc.consumers", "HANDLERS").items():
            found.setdefault(event, []).extend(_place(service, handler) for handler in handlers)
    return found


def doors() -> dict[str, Place]:
    """Return the function that accepts each command, by the name of its Celery task."""
    for service in SERVICES:
        if find_spec(f"{service}_svc.tasks"):
            import_module(f"{service}_svc.tasks")
    return {name: _place(name.partition("_svc.")[0], door) for name, door in DOORS.items()}


def saga_steps() -> dict[type[Command], list[SagaStep]]:
    """Return for each command the steps of sagas that send it."""
    found: dict[type[Command], list[SagaStep]] = {}
    for service in SERVICES:
        for saga in _attribute(f"{service}_svc.sagas", "SAGAS").values():
            for step in saga.steps:
                for command, does, back in ((step.do, step.does, False), (step.undo, step.undoes, True)):
                    if command is not None:
                        made = SagaStep(service=service, saga=saga.name, does=does or "", back=back)
                        found.setdefault(command, []).append(made)
    return found


def senders() -> dict[type[Command], list[str]]:
    """Return the services that send each command, by a saga or by themselves."""
    made, led = makers(), saga_steps()
    return {
        command: sorted(
            {*(place.service for place in made.get(command, [])), *(step.service for step in led.get(command, []))}
        )
        for command in inventory.commands()
    }


def _attribute(module: str, name: str) -> Mapping[Any, Any]:
    """Return a table of a service, empty where the service has no such file."""
    found: Mapping[Any, Any] = getattr(import_module(module), name) if find_spec(module) else {}
    return found


def _place(service: str, function: Callable[..., Any]) -> Place:
    inner = inspect.unwrap(function)
    file = Path(inspect.getfile(inner)).relative_to(ROOT).as_posix()
    said = re.split(r"(?<=[.;])\s", " ".join((inspect.getdoc(inner) or "").split()))[0].rstrip(".;")
    return Place(service=service, function=f"{inner.__module__}.{inner.__qualname__}", file=file, does=said)


def _module_of(path: Path) -> list[str]:
    parts = list(path.with_suffix("").parts)
    return parts[:-1] if parts[-1] == "__init__" else parts


def _made_in(tree: ast.Module) -> Iterator[tuple[str, str, bool]]:
    """Yield (name, function, called) for everything of `common.contracts` that a function calls or hands on."""
    names = _imported(tree)
    for top in tree.body:
        members = top.body if isinstance(top, ast.ClassDef) else [top]
        for member in members:
            if isinstance(member, ast.FunctionDef | ast.AsyncFunctionDef):
                prefix = f"{top.name}." if isinstance(top, ast.ClassDef) else ""
                for statement in member.body:  # neither decorators nor annotations: they make nothing
                    for code_name, called in _mentioned(statement, names):
                        yield code_name, prefix + member.name, called


def _imported(tree: ast.Module) -> dict[str, str]:
    """Return the dotted name of everything that comes from `common.contracts`, by its name in this module."""
    names = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(contracts.__name__):
            names.update({alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names})
        elif isinstance(node, ast.ImportFrom) and node.module == "common":
            names.update({alias.asname or alias.name: f"common.{alias.name}" for alias in node.names})
    return names


def _mentioned(node: ast.AST, names: Mapping[str, str]) -> Iterator[tuple[str, bool]]:
    """Yield (dotted name, called) of what a statement makes an instance of, or hands on to who may."""
    if isinstance(node, ast.Call) and getattr(node.func, "id", None) in {"isinstance", "issubclass"}:
        return
    for field, child in ast.iter_fields(node):
        if field in {"annotation", "returns"}:
            continue
        for each in child if isinstance(child, list) else [child]:
            if not isinstance(each, ast.AST):
                continue
            dotted = _dotted(each, names)
            # `SeatHeld.__name__` and the like only speak of it.
            if dotted and not isinstance(node, ast.Attribute):
                yield dotted, isinstance(node, ast.Call) and node.func is each
            yield from _mentioned(each, names)


def _dotted(node: ast.AST, names: Mapping[str, str]) -> str | None:
    if isinstance(node, ast.Name):
        return names.get(node.id)
    if isinstance(node, ast.Attribute):
        inner = _dotted(node.value, names)
        return f"{inner}.{node.attr}" if inner else None
    return None
