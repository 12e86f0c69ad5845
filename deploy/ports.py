"""Free TCP ports of this machine, all on 127.0.0.1."""

from __future__ import annotations

import json
import random
import socket
from collections.abc import Collection, Iterable
from pathlib import Path

from deploy import private_file
from deploy.errors import CannotStart

LOOPBACK = "127.0.0.1"
# Below the range that the kernel hands out to outgoing connections, so that none of them takes a server's port
# while the server restarts.
SERVER_PORTS = range(20000, 30000)
ATTEMPTS = 200


def is_free(port: int) -> bool:
    """Return True if a server could listen on this port now."""
    with socket.socket() as probe:
        # As servers do: a port that is merely waiting for old connections to end is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True


def near(preferred: int, *, taken: Collection[int] = ()) -> int:
    """
    Return the preferred port, or the first free one ten, twenty, ... higher.

    :raises CannotStart: if fifty of them are busy
    """
    candidates = range(preferred, preferred + 500, 10)
    for port in candidates:
        if port not in taken and is_free(port):
            return port
    raise CannotStart(
        f"No free port was found from {preferred} to {candidates[-1]}. See what listens there with `ss -ltn`."
    )


def remembered(path: Path, names: Iterable[str], *, keep: bool = False) -> dict[str, int]:
    """
    Return a free port for each name and write them to a JSON file, so that the next start uses the same ones.

    A remembered port that somebody else has taken in the meantime is replaced, unless `keep`: then the servers
    run already, and it is they who hold them.

    :raises CannotStart: if no free port was found
    """
    known: dict[str, int] = json.loads(path.read_text()) if path.exists() else {}
    chosen: dict[str, int] = {}
    for name in names:
        port = known.get(name)
        if port is None or not (keep or is_free(port)):
            port = _random_free_port({*known.values(), *chosen.values()})
        chosen[name] = port
    if chosen != known:
        private_file.write(path, json.dumps(known | chosen, indent=2) + "\n")
    return chosen


def _random_free_port(taken: Collection[int]) -> int:
    # At random, so that two test runs that start at the same moment do not pick the same port.
    for port in random.sample(SERVER_PORTS, ATTEMPTS):
        if port not in taken and is_free(port):
            return port
    raise CannotStart(
        f"No free port was found in {ATTEMPTS} attempts between {SERVER_PORTS[0]} and {SERVER_PORTS[-1]}. "
        "See what listens there with `ss -ltn`."
    )
