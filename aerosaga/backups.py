"""Backups: every service's database in a folder, each as it was at one moment, with a manifest."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from aerosaga.errors import Failed
from deploy import dumps, private_file
from deploy.embedded import Embedded
from deploy.servers import Servers
from deploy.state import State
from deploy.topology import SERVICES

MANIFEST = "manifest.json"
FORMAT = 1


@dataclass(frozen=True, kw_only=True)
class Copy:
    """
    One service's database in a backup.

    `began_at` is when its copying began, ISO 8601 in UTC: everything committed before is in it.
    """

    file: str
    sha256: str
    bytes: int
    began_at: str


@dataclass(frozen=True, kw_only=True)
class Backup:
    """A folder with the copies of all services, made by one way to run."""

    folder: Path
    way: str
    copies: Mapping[str, Copy]

    def copy_of(self, service: str) -> Path:
        """
        Return the file of a service.

        :raises Failed: if it is not there, or is not what was written
        """
        copy = self.copies.get(service)
        if copy is None:
            raise Failed(f"The backup in {self.folder} has no copy of {service}_svc.")
        path = self.folder / copy.file
        if not path.exists() or _digest(path) != copy.sha256:
            raise Failed(f"{path} is not what the backup wrote: it is damaged or missing. Take an older backup.")
        return path


def backing_of(state: State) -> Servers | Embedded:
    """Return the servers, or the files, that a running system keeps its data in."""
    run_dir = Path(state.run_dir)
    return Embedded(run_dir) if state.way == "embedded" else Servers(run_dir)


def make(state: State, folder: Path, *, progress: Callable[[str], None] = lambda _: None) -> Backup:
    """
    Copy every service's database into a new folder while the system runs.

    :raises Failed: if the folder has something in it, or cannot be written to
    :raises DumpFailed: if a database does not let itself be read; what was copied has no manifest then
    """
    if folder.exists() and any(folder.iterdir()):
        raise Failed(f"{folder} is not empty. A backup goes into a folder of its own.")
    try:
        private_file.make_directory(folder)
    except OSError as error:
        raise Failed(f"No folder can be made at {folder}: {error.strerror}. Nothing was copied.") from error
    backing, copies = backing_of(state), {}
    for service in SERVICES:
        began_at = datetime.now(UTC).isoformat(timespec="microseconds")
        target = folder / dumps.name_of(service, state.way)
        dumps.dump(service, target, backing=backing)
        size = target.stat().st_size
        copies[service] = Copy(file=target.name, sha256=_digest(target), bytes=size, began_at=began_at)
        progress(f"{service}: {size:,} bytes")
    manifest = {"format": FORMAT, "way": state.way, "copies": {name: asdict(copy) for name, copy in copies.items()}}
    # Written last: a folder with a manifest is whole.
    private_file.write(folder / MANIFEST, json.dumps(manifest, indent=2) + "\n")
    return Backup(folder=folder, way=state.way, copies=copies)


def read(folder: Path) -> Backup:
    """
    Return the backup in a folder.

    :raises Failed: if there is none, or it was not finished
    """
    try:
        manifest = json.loads((folder / MANIFEST).read_text())
        copies = {name: Copy(**copy) for name, copy in manifest["copies"].items()}
    except FileNotFoundError:
        raise Failed(f"{folder} is no backup: it has no {MANIFEST}, which is written last.") from None
    except (ValueError, TypeError, KeyError) as error:
        raise Failed(f"{folder / MANIFEST} cannot be read: {error}") from error
    return Backup(folder=folder, way=manifest["way"], copies=copies)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
