"""One service's database as a file: a consistent copy of it while it runs, and put back in its place."""

from __future__ import annotations

import gzip
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

from deploy import private_file
from deploy.embedded import Embedded
from deploy.errors import CannotStart
from deploy.mariadb import MariaDB
from deploy.server import find_program
from deploy.servers import Servers
from deploy.topology import database_name


class DumpFailed(CannotStart):
    """Raised when a database could not be copied or put back; what was there before stays where it can."""


def name_of(service: str, way: str) -> str:
    """Return the name of the file that a service's database is kept in."""
    return f"{service}.db" if way == "embedded" else f"{service}.sql.gz"


def dump(service: str, target: Path, *, backing: Servers | Embedded) -> None:
    """
    Write a consistent copy of a service's database as it is at one moment; who uses it is not held up.

    :raises DumpFailed: if the database does not let itself be read
    """
    draft = target.with_name(f"{target.name}.draft")
    if isinstance(backing, Servers):
        _dump_mariadb(service, draft, mariadb=backing.mariadb)
    else:
        copy_sqlite(sqlite_file(service, backing), draft)
    # Under its name only when it is whole.
    draft.chmod(0o600)
    draft.replace(target)


def load(service: str, source: Path, *, backing: Servers | Embedded) -> None:
    """
    Put a copy in the place of a service's database, whose processes must not run.

    :raises DumpFailed: if it does not let itself be written
    """
    if isinstance(backing, Servers):
        _load_mariadb(service, source, mariadb=backing.mariadb)
    else:
        put_sqlite(source, sqlite_file(service, backing))


def sqlite_file(service: str, backing: Embedded) -> Path:
    return Path(backing.urls.databases[service].removeprefix("sqlite:///"))


def copy_sqlite(source: Path, target: Path) -> None:
    """Copy an SQLite database by its backup API: as it is at one moment, whoever writes meanwhile."""
    if not source.exists():
        raise DumpFailed(f"There is no database {source}. Start the system once, so that it is made.")
    target.unlink(missing_ok=True)
    with closing(sqlite3.connect(source)) as opened, closing(sqlite3.connect(target)) as copy:
        opened.backup(copy)


def put_sqlite(source: Path, target: Path) -> None:
    """Put a copy in the place of an SQLite database, and forget what was written ahead for the old one."""
    for file in (target, Path(f"{target}-wal"), Path(f"{target}-shm")):
        file.unlink(missing_ok=True)
    private_file.make_directory(target.parent)
    shutil.copyfile(source, target)
    target.chmod(0o600)


def _dump_mariadb(service: str, target: Path, *, mariadb: MariaDB) -> None:
    words = [
        find_program("mariadb-dump", "mysqldump", package="mariadb-client"),
        *("--no-defaults", f"--socket={mariadb.socket}", f"--user={mariadb.user()}"),
        # One snapshot of all tables, without a lock; numbers as numbers, bytes as hexadecimal digits.
        *("--single-transaction", "--skip-lock-tables", "--hex-blob", "--tz-utc", "--default-character-set=utf8mb4"),
        database_name(service),
    ]
    done = subprocess.run(words, env=mariadb.environment(), capture_output=True, check=False)
    if done.returncode != 0:
        raise DumpFailed(f"{database_name(service)} could not be dumped: {done.stderr.decode().strip()}")
    with gzip.open(target, "wb", compresslevel=6) as file:
        file.write(done.stdout)


def _load_mariadb(service: str, source: Path, *, mariadb: MariaDB) -> None:
    name = database_name(service)
    with gzip.open(source, "rb") as file:
        statements = file.read()
    # Made anew, so that no table of the newer state stays beside those of the copy; rights on it are kept by name.
    mariadb.run_sql(f"DROP DATABASE IF EXISTS `{name}`; CREATE DATABASE `{name}`;")
    words = [
        find_program("mariadb", "mysql", package="mariadb-client"),
        *("--no-defaults", f"--socket={mariadb.socket}", f"--user={mariadb.user()}", "--default-character-set=utf8mb4"),
        name,
    ]
    done = subprocess.run(words, input=statements, env=mariadb.environment(), capture_output=True, check=False)
    if done.returncode != 0:
        raise DumpFailed(f"{name} could not be put back from {source}: {done.stderr.decode().strip()}")
