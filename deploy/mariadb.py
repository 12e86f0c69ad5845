"""A private MariaDB: one database and one user per service, each user with rights on its own database only."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from deploy import private_file, sockets
from deploy.errors import CannotStart, tail
from deploy.ports import LOOPBACK
from deploy.server import Server, find_program, lines
from deploy.topology import database_name

SETTINGS = Path(__file__).resolve().with_name("mariadb.cnf")
SQL_SECONDS = 60


class MariaDB(Server):
    """
    MariaDB with settings that lose no committed transaction.

    Its root user has no password: only the system user who started it may use it, over the Unix socket.
    """

    name = "mariadb"
    stop_seconds: ClassVar[int] = 60

    def __init__(self, directory: Path, *, port: int) -> None:
        super().__init__(directory)
        self.port = port
        self.data = directory / "data"
        self.socket = sockets.path_for(directory, "mariadb.sock")

    def url(self, service: str, password: str) -> str:
        """Return the URL of the service's database as its own user."""
        name = database_name(service)
        return f"mariadb+mysqldb://{name}:{password}@{LOOPBACK}:{self.port}/{name}?charset=utf8mb4"

    def prepare(self) -> None:
        private_file.make_directory(self.directory)
        private_file.make_directory(self._scratch)
        private_file.write(self.directory / "my.cnf", self._configuration())
        if not self.data.exists():
            self._make_system_tables()

    def command(self) -> list[str]:
        server = find_program("mariadbd", "mysqld", package="mariadb-server")
        return [server, f"--defaults-file={self.directory / 'my.cnf'}"]

    def environment(self) -> dict[str, str]:
        # When it starts it removes every temporary table that it finds, those of other servers that use them too.
        return {**super().environment(), "TMPDIR": str(self._scratch)}

    def answers(self) -> bool:
        # By its own client: over TCP it refuses everybody until the services' users have been made.
        return self.socket.exists() and self._client("SELECT 1").returncode == 0

    def create_databases(self, passwords: Mapping[str, str]) -> None:
        """Make the database and the user of each service, if they are not there yet; the values are passwords."""
        statements = []
        for service, password in passwords.items():
            name = database_name(service)
            user = f"'{name}'@'{LOOPBACK}'"
            statements += [
                f"CREATE DATABASE IF NOT EXISTS `{name}`;",
                f"CREATE USER IF NOT EXISTS {user} IDENTIFIED BY '{password}';",
                f"ALTER USER {user} IDENTIFIED BY '{password}';",
                # In a GRANT an underscore stands for any sign, unless it is escaped.
                f"GRANT ALL PRIVILEGES ON `{name.replace('_', chr(92) + '_')}`.* TO {user};",
            ]
        self.run_sql("\n".join(statements))

    def run_sql(self, statements: str) -> str:
        """
        Run SQL as root over the Unix socket and return what it printed, a row a line, columns separated by tabs.

        :raises CannotStart: if a statement fails
        """
        done = self._client(statements)
        if done.returncode != 0:
            raise CannotStart(f"MariaDB refused what was asked of it: {done.stderr.strip()}")
        return done.stdout

    def user(self) -> str:
        """Return the name of its root user: that of the system user who started it."""
        return _system_user()

    @property
    def _scratch(self) -> Path:
        return self.directory.resolve() / "tmp"

    def _client(self, statements: str) -> subprocess.CompletedProcess[str]:
        client = find_program("mariadb", "mysql", package="mariadb-client")
        # By standard input, because a command line with a password in it can be read by everybody.
        return subprocess.run(
            [client, "--no-defaults", f"--socket={self.socket}", f"--user={_system_user()}", "--batch", "-N"],
            input=statements,
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=SQL_SECONDS,
            check=False,
        )

    def _configuration(self) -> str:
        return lines(
            ["# What concerns the data is in the included file.", f"!include {SETTINGS}"],
            [
                "[mariadbd]",
                f"datadir = {self.data.resolve()}",
                f"socket = {self.socket}",
                f"pid-file = {self.directory.resolve() / 'mariadb.pid'}",
                f"bind-address = {LOOPBACK}",
                f"port = {self.port}",
                # It refuses to be run by root unless it is told that this is meant.
                *(["user = root"] if os.geteuid() == 0 else []),
            ],
        )

    def _make_system_tables(self) -> None:
        # Into a directory that gets its name at the end: one that was interrupted is never taken for a whole one.
        draft = self.directory / "data.draft"
        log = self.directory / "install.log"
        shutil.rmtree(draft, ignore_errors=True)
        # Nothing is lost if the power fails here, so the first start need not wait for the disk.
        words = [
            find_program("mariadb-install-db", "mysql_install_db", package="mariadb-server"),
            "--no-defaults",
            f"--datadir={draft.resolve()}",
            "--auth-root-authentication-method=socket",
            f"--auth-root-socket-user={_system_user()}",
            *("--skip-test-db", "--skip-name-resolve"),
            *(["--user=root"] if os.geteuid() == 0 else []),
            "--innodb-flush-log-at-trx-commit=0",
        ]
        with log.open("w") as output:
            done = subprocess.run(words, env=self.environment(), stdout=output, stderr=subprocess.STDOUT, check=False)
        if done.returncode != 0:
            raise CannotStart(f"MariaDB could not make its system tables in {draft}.\n{tail(log)}")
        draft.rename(self.data)


def _system_user() -> str:
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        raise CannotStart(
            f"MariaDB knows its owner by name, and user id {os.geteuid()} has none. "
            "Run this as a user that is listed in /etc/passwd."
        ) from None
