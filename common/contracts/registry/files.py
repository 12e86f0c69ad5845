"""What the registry keeps in files, made anew from the code: the contracts, the page and the AsyncAPI document."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import simplejson

from common.contracts.registry import asyncapi, avro, catalogue, inventory
from common.contracts.registry.compatibility import breaking_changes
from common.contracts.registry.published import DIRECTORY, Published
from common.contracts.registry.schema import wire_schema


def contracts() -> dict[str, dict[str, Any]]:
    """Return the contract of every message there is, by the path of its file."""
    return {inventory.path(cls): wire_schema(cls) for cls in inventory.messages()}


def expected() -> dict[str, str]:
    """Return the text of every file made from the code, by its path; the same code makes the same bytes."""
    return {
        **{path: _text(schema) for path, schema in (contracts() | avro.current()).items()},
        catalogue.PATH: catalogue.page(),
        asyncapi.PATH: _text(asyncapi.document()),
    }


def former(history: Iterable[Published]) -> dict[str, str]:
    """Return the text of every Avro schema that was published and is written no more, by the path of its file."""
    return {path: _text(schema) for path, schema in avro.former(history).items()}


def broken(history: Sequence[Published]) -> list[str]:
    """Return a sentence for each promise of `history` that the classes no longer keep."""
    current = contracts()
    found: dict[str, str] = {}  # by sentence, so that what breaks several points in history is told once
    for point in history:
        for path, old in point.contracts.items():
            sentences = breaking_changes(old, current[path]) if path in current else _ended(path, old)
            for sentence in sentences:
                found.setdefault(sentence, f"{sentence} (Published in {point.where}.)")
    returned = [name for name in map(inventory.name, inventory.messages()) if name in inventory.RETIRED]
    for sentence in avro.broken(history):
        found.setdefault(sentence.partition(" (Published")[0], sentence)
    return [*found.values(), *(f"{name} is retired, and its name cannot come back: take another." for name in returned)]


def stale(root: Path, made: Mapping[str, str]) -> list[str]:
    """Return a sentence for each file under `root` that is not what the code makes of it."""
    found = []
    for path, text in made.items():
        file = root / path
        if not file.exists():
            found.append(f"{path} is missing.")
        elif file.read_text("utf-8") != text:
            found.append(f"{path} is not what the code says.")
    return found + [f"{path} belongs to no class." for path in _surplus(root, made)]


def write(root: Path, made: Mapping[str, str]) -> list[str]:
    """Make the files under `root` be as the code says; return the paths of those that changed."""
    changed = []
    for path, text in made.items():
        file = root / path
        if not file.exists() or file.read_text("utf-8") != text:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, "utf-8", newline="\n")
            changed.append(path)
    for path in _surplus(root, made):
        (root / path).unlink()
        changed.append(path)
    return changed


def _ended(path: str, old: Mapping[str, Any]) -> list[str]:
    name = path.removeprefix(f"{DIRECTORY}/").removesuffix(".json")
    if name in inventory.RETIRED:
        until = old.get("x-succession", {}).get("until", "")
        early = (
            f"{name} is retired, and was promised until {until}: leave it in common/contracts/versions.py until then."
        )
        return [early] if datetime.now(UTC).date().isoformat() <= until else []
    said = f"{name} has no class any more, and whoever sends or hears it is left alone. If nobody does, say so in"
    return [f"{said} RETIRED in common/contracts/registry/inventory.py."]


def _surplus(root: Path, made: Mapping[str, str]) -> list[str]:
    # Former schemas lie one folder deeper: they have no class, and stay.
    files = sorted(file for file in (root / DIRECTORY).glob("*/*.*") if file.suffix in {".json", ".avsc"})
    there = [file.relative_to(root).as_posix() for file in files]
    return [path for path in there if path not in made]


def _text(value: Any) -> str:
    # As `common.codec` writes it, but for people to read and for git to compare line by line.
    return simplejson.dumps(value, use_decimal=True, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
