"""`state.json`: what runs where, for the command line and for whoever wants to talk to the services."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from deploy import private_file
from deploy.topology import Way

FILE = "state.json"


@dataclass(frozen=True, kw_only=True)
class State:
    """
    One running way. Written when everything is ready and removed when it is stopped; readable by its owner only.

    `started_at` is ISO 8601 in UTC; `urls` maps "gateway", which is the public door, each service, "bank" and, where
    it runs, "flower" to its base URL; `server_ports` maps "mariadb", "rabbitmq", "redis", ... to their ports on
    127.0.0.1; paths are absolute. With `failure_switches`, chosen steps may be made to fail.
    """

    way: Way
    started_at: str
    supervisor_pid: int
    supervisor_socket: str
    run_dir: str
    log_dir: str
    urls: Mapping[str, str]
    operator_token: str
    hold_seconds: int
    foreground: bool
    server_ports: Mapping[str, int]
    failure_switches: bool = False
    flower_user: str | None = None
    flower_password: str | None = None


def write(run_dir: Path, state: State) -> None:
    """Replace the state file of a run directory in one step."""
    private_file.write(run_dir / FILE, json.dumps(asdict(state), indent=2) + "\n")


def read(run_dir: Path) -> State | None:
    """Return what the state file says, or None if there is none. Whether it still runs is not asked here."""
    try:
        return State(**json.loads((run_dir / FILE).read_text()))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError) as error:
        raise ValueError(
            f"{run_dir / FILE} cannot be read ({error}). It was written by another version: "
            "stop that one, or delete the file."
        ) from error


def remove(run_dir: Path) -> None:
    """Remove the state file, if there is one."""
    (run_dir / FILE).unlink(missing_ok=True)
