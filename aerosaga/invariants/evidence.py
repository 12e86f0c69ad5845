"""What a judgement is built on: every table of every service, the bank's ledger, the broker's queues, the history."""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, MetaData, create_engine, inspect, select

from aerosaga.invariants.history import Operation
from common import codec
from common.columns import now

Row = dict[str, Any]
#: A unique key of a table: ("booking.seat", ("departure_id", "seat_number")).
Key = tuple[str, tuple[str, ...]]

# Kept as text by both kinds of database.
_JSON = {"body", "payload", "detail", "layout", "seasons", "headers"}
_IDS = {"event_id", "correlation_id", "claim"}
_NOT_OURS = {"alembic_version"}


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """
    All that is known, read while nothing moves.

    `tables` are rows by "<service>.<table>", `keys` the unique keys that the schemas really have. `entries` and
    `authorizations` are the bank's own. `queues` are messages by queue, those that somebody holds included; None if
    nobody looked. `injected` is how many poisonous messages a test put in, `executions` how often each was carried
    out. `at` is the time, by the databases' clock.
    """

    tables: dict[str, list[Row]]
    keys: set[Key] = field(default_factory=set)
    entries: list[Row] = field(default_factory=list)
    authorizations: list[Row] = field(default_factory=list)
    queues: Mapping[str, int] | None = None
    history: Sequence[Operation] = ()
    injected: int = 0
    executions: Mapping[str, int] = field(default_factory=dict)
    at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def rows(self, table: str) -> list[Row]:
        """Return the rows of a table, none if the service has no such table."""
        return self.tables.get(table, [])

    def of_every_service(self, name: str) -> list[tuple[str, Row]]:
        """Return the rows of a table that every service has, each with its service."""
        return [
            (table.split(".")[0], row)
            for table, rows in self.tables.items()
            if table.split(".")[1] == name
            for row in rows
        ]


def gather(
    *,
    databases: Mapping[str, str],
    bank: Path,
    queues: Mapping[str, int] | None = None,
    history: Sequence[Operation] = (),
    injected: int = 0,
    executions: Mapping[str, int] | None = None,
) -> Evidence:
    """
    Read everything: `databases` are URLs by service, `bank` is the file of the sandbox bank's ledger.

    It reads beside the services, with each one's own user, and asks none of them: they may be wrong about themselves.
    """
    tables: dict[str, list[Row]] = {}
    keys: set[Key] = set()
    at = datetime.now(UTC)
    for service, url in databases.items():
        engine = create_engine(url)
        try:
            with engine.connect() as connection:
                tables |= _tables(connection, service)
                keys |= _keys(connection, service)
                at = connection.scalar(select(now())) or at
        finally:
            engine.dispose()
    entries, authorizations = _ledger(bank)
    return Evidence(
        tables=tables,
        keys=keys,
        entries=entries,
        authorizations=authorizations,
        queues=queues,
        history=history,
        injected=injected,
        executions=executions or {},
        at=at,
    )


def _tables(connection: Connection, service: str) -> dict[str, list[Row]]:
    known = MetaData()
    known.reflect(connection)
    return {
        f"{service}.{table.name}": [
            {name: _value(name, value) for name, value in row.items()}
            for row in connection.execute(select(table)).mappings()
        ]
        for table in known.sorted_tables
        if table.name not in _NOT_OURS
    }


def _keys(connection: Connection, service: str) -> set[Key]:
    asked = inspect(connection)
    keys: set[Key] = set()
    for table in asked.get_table_names():
        found: list[Sequence[str | None]] = [asked.get_pk_constraint(table)["constrained_columns"]]
        found += [key["column_names"] for key in asked.get_unique_constraints(table)]
        found += [index["column_names"] for index in asked.get_indexes(table) if index["unique"]]
        keys |= {(f"{service}.{table}", tuple(str(column) for column in columns)) for columns in found}
    return keys


def _value(name: str, value: Any) -> Any:
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, str) and name in _IDS:
        return UUID(value)
    if isinstance(value, str) and name in _JSON:
        try:
            return codec.loads(value)
        except ValueError:  # a parked message's body need not be JSON
            return value
    return value


def _ledger(bank: Path) -> tuple[list[Row], list[Row]]:
    if not bank.exists():
        return [], []
    with sqlite3.connect(f"file:{bank}?mode=ro", uri=True) as connection:
        connection.row_factory = sqlite3.Row
        entries = [dict(row) for row in connection.execute("SELECT * FROM entry ORDER BY seq")]
        authorizations = [dict(row) for row in connection.execute("SELECT * FROM authorization")]
    connection.close()
    return entries, authorizations
