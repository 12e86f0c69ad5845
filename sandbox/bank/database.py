"""The SQLite file behind the bank: its tables and its transactions."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_random

_BUSY_SECONDS = 10.0

# Entries and authorizations are only ever added. The rules are in rules.py; the indexes and triggers below
# repeat those about money, so that not even a mistake there captures twice, captures what is voided or
# refunds too much.
_SCHEMA = """
CREATE TABLE IF NOT EXISTS authorization (
    id            TEXT PRIMARY KEY,
    reference     TEXT NOT NULL,
    kind          TEXT NOT NULL CHECK (kind IN ('card', 'crypto')),
    token         TEXT,
    amount_minor  INTEGER NOT NULL CHECK (amount_minor > 0),
    currency      TEXT NOT NULL,
    address       TEXT,
    created_at    INTEGER NOT NULL,
    expires_at    INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS authorization_by_reference ON authorization (reference);

CREATE TABLE IF NOT EXISTS entry (
    seq            INTEGER PRIMARY KEY AUTOINCREMENT,
    at             INTEGER NOT NULL,
    act            TEXT NOT NULL CHECK (act IN ('invoice', 'authorize', 'capture', 'void', 'refund')),
    authorization  TEXT NOT NULL REFERENCES authorization (id),
    amount_minor   INTEGER NOT NULL CHECK (amount_minor >= 0)
);
CREATE INDEX IF NOT EXISTS entry_by_authorization ON entry (authorization);
CREATE UNIQUE INDEX IF NOT EXISTS entry_authorized_once ON entry (authorization) WHERE act = 'authorize';
CREATE UNIQUE INDEX IF NOT EXISTS entry_captured_or_voided_once ON entry (authorization)
    WHERE act IN ('capture', 'void');

CREATE TRIGGER IF NOT EXISTS entry_refunds_within_capture BEFORE INSERT ON entry WHEN NEW.act = 'refund'
BEGIN
    SELECT RAISE(ABORT, 'refunds would exceed the capture') WHERE NEW.amount_minor > (
        SELECT COALESCE(SUM(CASE act WHEN 'capture' THEN amount_minor ELSE -amount_minor END), 0)
        FROM entry WHERE authorization = NEW.authorization AND act IN ('capture', 'refund')
    );
END;
CREATE TRIGGER IF NOT EXISTS entry_is_never_changed BEFORE UPDATE ON entry
BEGIN SELECT RAISE(ABORT, 'the ledger is only added to'); END;
CREATE TRIGGER IF NOT EXISTS entry_is_never_deleted BEFORE DELETE ON entry
BEGIN SELECT RAISE(ABORT, 'the ledger is only added to'); END;

CREATE TABLE IF NOT EXISTS idempotency_key (
    key            TEXT PRIMARY KEY,
    fingerprint    TEXT NOT NULL,
    asks           INTEGER NOT NULL,
    owner          TEXT NOT NULL,
    claimed_until  INTEGER NOT NULL,
    status         INTEGER,
    body           TEXT
);
"""


class Database:
    """One connection per thread to the bank's file; safe among threads and processes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._of_thread = threading.local()
        path.parent.mkdir(parents=True, exist_ok=True)
        self._prepare()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """
        Run the block in one transaction that commits at its end and rolls back if it raises.

        The write lock is taken at the start, so what is read inside stays true until the commit.

        :raises sqlite3.OperationalError: if the file stays locked for 10 seconds or cannot be written
        """
        connection = self._connection()
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Run the block on one snapshot of the file; readers and the writer do not wait for each other."""
        connection = self._connection()
        connection.execute("BEGIN")
        try:
            yield connection
        finally:
            connection.execute("ROLLBACK")

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._of_thread, "connection", None)
        if connection is None:
            connection = self._of_thread.connection = self._connect()
        return connection

    def _connect(self) -> sqlite3.Connection:
        # Without an isolation level the module begins no transactions of its own behind our back.
        connection = sqlite3.connect(self._path, timeout=_BUSY_SECONDS, isolation_level=None)
        connection.row_factory = sqlite3.Row
        # A bank does not forget what it has answered: FULL syncs every commit, also against loss of power.
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        return connection

    # Two processes that start together may both switch the file to WAL; one of them is then told at once that
    # the file is locked, however long its busy timeout is.
    @retry(
        retry=retry_if_exception_type(sqlite3.OperationalError),
        wait=wait_random(0.01, 0.1),
        stop=stop_after_delay(_BUSY_SECONDS),
        reraise=True,
    )
    def _prepare(self) -> None:
        # Not the thread's own connection: a server may load the application before it forks, and an SQLite
        # connection must not be carried into a child process.
        connection = self._connect()
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.executescript(f"BEGIN IMMEDIATE;{_SCHEMA}COMMIT;")
        finally:
            connection.close()
