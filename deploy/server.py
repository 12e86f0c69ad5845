"""What MariaDB, RabbitMQ, Redis and nginx have in common as private servers."""

from __future__ import annotations

import os
import shutil
import socket
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from deploy.errors import CannotStart
from deploy.ports import LOOPBACK

# Debian keeps servers where the PATH of an ordinary user does not look.
MORE_PLACES = ("/usr/sbin", "/usr/local/sbin", "/usr/lib/rabbitmq/bin")
ANSWER_SECONDS = 2.0


class Server(ABC):
    """A server with its data in a directory of its own, that listens on 127.0.0.1 only."""

    name: ClassVar[str]
    #: How long a clean stop may take, and the signal that asks for one.
    stop_seconds: ClassVar[int] = 30
    stop_signal: ClassVar[str] = "TERM"
    #: How long the start may take on a slow, busy machine.
    start_seconds: ClassVar[int] = 90

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    @abstractmethod
    def prepare(self) -> None:
        """Make ready whatever the server needs before its start; quick if it was done before."""

    @abstractmethod
    def command(self) -> list[str]:
        """Return the command that runs the server in the foreground, as one process, logging to its output."""

    @abstractmethod
    def answers(self) -> bool:
        """Return True if the server does its work now."""

    def environment(self) -> dict[str, str]:
        """Return the server's whole environment."""
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(self.directory),
            "LANG": "C.UTF-8",
            "TMPDIR": os.environ.get("TMPDIR", "/tmp"),
        }


def installed(*names: str) -> str | None:
    """Return the path of the first of these programs that is installed, or None."""
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), *MORE_PLACES])
    return next((found for name in names if (found := shutil.which(name, path=path))), None)


def find_program(*names: str, package: str) -> str:
    """
    Return the path of the first of these programs that is installed.

    :raises CannotStart: if none is
    """
    found = installed(*names)
    if found is None:
        raise CannotStart(
            f"{names[0]} is not installed. On Debian run `deploy/bootstrap.sh servers` as root, or "
            f"`apt-get install --no-install-recommends {package}` without the rest; elsewhere install it with the "
            "system's own packages."
        )
    return found


def greeting(port: int, *, length: int, send: bytes = b"") -> bytes:
    """Connect to a port, send something, and return the answer's first `length` bytes; fewer if there are no more."""
    answer = b""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=ANSWER_SECONDS) as connection:
            connection.sendall(send)
            while len(answer) < length and (more := connection.recv(length - len(answer))):
                answer += more
    except OSError:
        pass  # Nobody listens yet, or not in this protocol; what was heard so far is the answer.
    return answer


def lines(*sections: Sequence[str]) -> str:
    """Return the text of a configuration file."""
    return "\n\n".join("\n".join(section) for section in sections) + "\n"
