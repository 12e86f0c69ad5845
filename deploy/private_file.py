"""Files that hold secrets or state: written whole or not at all, readable by their owner only."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable
from pathlib import Path


def write(path: Path, text: str) -> None:
    """Replace the file's content in one step, with mode 0600: a reader sees the old text or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def make_directory(path: Path) -> Path:
    """Make a directory that only its owner may enter, and return it."""
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(0o700)
    return path


def remembered_secrets(path: Path, names: Iterable[str]) -> dict[str, str]:
    """
    Return a secret for each name, from the NAME=value lines of the file.

    Names that are not in the file yet are given a random value and added to it, so that a secret is made once
    and stays: a database keeps the password it was created with.
    """
    known: dict[str, str] = {}
    if path.exists():
        lines = (line for line in path.read_text().splitlines() if "=" in line and not line.startswith("#"))
        known = dict(line.split("=", 1) for line in lines)
    missing = [name for name in names if name not in known]
    if missing:
        # Hexadecimal, because a secret ends up in URLs and configuration files that give other signs a meaning; 32
        # bytes, because a private Ed25519 key is exactly that long.
        known |= {name: secrets.token_hex(32) for name in missing}
        write(path, "".join(f"{name}={value}\n" for name, value in known.items()))
    return {name: known[name] for name in names}
