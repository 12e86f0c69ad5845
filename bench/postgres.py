"""A private PostgreSQL with its own defaults, which are durable, as the peers' database."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from collections.abc import Sequence
from pathlib import Path

from deploy.daemon import Daemon
from deploy.errors import CannotStart
from deploy.ports import LOOPBACK
from deploy.programs import ROOT
from deploy.server import Server, greeting, installed, lines

# PostgreSQL refuses to be run by root.
USER = "postgres"
# What psql says after the last row.
_END = "-- no more rows --"
# SSLRequest: eight bytes, answered by one letter whatever it says to it.
_HELLO, _ANSWERS = b"\x00\x00\x00\x08\x04\xd2\x16\x2f", {b"N", b"S"}


class Postgres(Server):
    """One server with the database `bench`, listening on 127.0.0.1 without passwords."""

    name = "postgres"

    def __init__(self, directory: Path, *, port: int) -> None:
        super().__init__(directory)
        self.port = port
        self.dsn = f"postgresql://{USER}@{LOOPBACK}:{port}/bench"
        self._data = directory / "data"
        self._client: subprocess.Popen[str] | None = None
        self._asking = threading.Lock()

    def prepare(self) -> None:
        """Make an empty cluster."""
        shutil.rmtree(self.directory, ignore_errors=True)
        self.directory.mkdir(parents=True)
        if os.geteuid() == 0:
            shutil.chown(self.directory, USER, USER)
            _let_in(self.directory)
        self._run([_program("initdb"), "-A", "trust", "-U", USER, "-E", "UTF8", "--no-locale", "-D", str(self._data)])
        with (self._data / "postgresql.conf").open("a") as file:
            file.write(
                lines(
                    [
                        f"port = {self.port}",
                        f"listen_addresses = '{LOOPBACK}'",
                        f"unix_socket_directories = '{self.directory}'",
                        "max_connections = 200",
                    ]
                )
            )

    def command(self) -> list[str]:
        return [*_as_user(), _program("postgres"), "-D", str(self._data)]

    def answers(self) -> bool:
        return greeting(self.port, send=_HELLO, length=1) in _ANSWERS

    def create(self, schema: Path) -> None:
        """Make the database and its tables."""
        psql = [_program("psql"), "-q", "-v", "ON_ERROR_STOP=1", "-h", LOOPBACK, "-p", str(self.port), "-U", USER]
        self._run([*psql, "-c", "CREATE DATABASE bench"])
        # By standard input: whom the server runs as need not be able to read our files.
        self._run([*psql, "-d", "bench"], said=schema.read_text())

    def ask(self, statement: str) -> list[list[str]]:
        """Return the rows of a query as text; one client is kept, since a new one costs more than the query."""
        with self._asking:
            if self._client is None:
                options = ["-h", LOOPBACK, "-p", str(self.port), "-U", USER, "-d", "bench", "-AtXq", "-F", "\t"]
                self._client = subprocess.Popen(
                    [*_as_user(), _program("psql"), *options],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                    cwd="/",
                    env=self.environment(),
                )
            assert self._client.stdin is not None
            assert self._client.stdout is not None
            self._client.stdin.write(f"{statement};\n\\echo {_END}\n")
            self._client.stdin.flush()
            rows: list[list[str]] = []
            for line in self._client.stdout:
                if line.rstrip("\n") == _END:
                    return rows
                rows.append(line.rstrip("\n").split("\t"))
        raise CannotStart("psql ended; its last words are above.")

    def close(self) -> None:
        """Let the client go."""
        if self._client is not None:
            self._client.kill()
            self._client.communicate()
            self._client = None

    def start(self, daemon: Daemon) -> None:
        """Run it as a daemon."""
        daemon.start(self.command(), environment=self.environment(), directory=Path("/"), tether=True)

    def _run(self, command: Sequence[str], *, said: str | None = None) -> str:
        done = subprocess.run(
            [*_as_user(), *command],
            input=said,
            capture_output=True,
            text=True,
            cwd="/",
            env=self.environment(),
            check=False,
        )
        if done.returncode != 0:
            raise CannotStart(f"{command[0]} failed: {done.stderr.strip()}")
        return done.stdout


def _let_in(directory: Path) -> None:
    """Let PostgreSQL's user pass through the folders above its own: ours are opened, others' must be open."""
    for parent in directory.parents:
        if parent.stat().st_mode & 0o001:
            continue
        if not parent.is_relative_to(ROOT / ".run"):
            raise CannotStart(
                f"The user {USER}, who runs PostgreSQL where root must not, cannot enter {parent}. "
                "Give `python -m bench` a --home that everybody can enter."
            )
        parent.chmod(parent.stat().st_mode | 0o011)


def _as_user() -> list[str]:
    return ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--init-groups"] if os.geteuid() == 0 else []


def _program(name: str) -> str:
    # Debian keeps each version's programs in a folder of its own.
    found = installed(name) or next(
        map(str, sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)), None
    )
    if found is None:
        raise CannotStart(f"{name} is not installed. On Debian: `apt-get install --no-install-recommends postgresql`.")
    return found
