"""How MariaDB finds the rows of a statement: every statement that was executed, explained."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, event

# A table of so few rows is read as quickly without an index as with one.
SMALL = 200
_EXPLAINED = ("SELECT", "UPDATE", "DELETE", "WITH")


@dataclass(frozen=True, kw_only=True)
class Reading:
    """How a statement reads one table: the kind of access, the index if there is one, and the estimate of its rows."""

    statement: str
    table: str
    access: str
    index: str | None
    rows: int

    @property
    def is_scan(self) -> bool:
        """Whether it reads the whole table, or a whole index for want of one that fits."""
        return self.access in {"ALL", "index"}

    def __str__(self) -> str:
        return f"{self.table}: {self.rows} rows by {self.index or 'no index'} ({self.access}): {self.statement}"


class Plans:
    """Remembers each statement once, with the values of its last execution, and explains them when asked to."""

    def __init__(self) -> None:
        self.executed: dict[tuple[str, str], Any] = {}
        self._engines: dict[str, Engine] = {}

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Remember what any engine executes meanwhile."""
        event.listen(Engine, "before_cursor_execute", self._note)
        try:
            yield
        finally:
            event.remove(Engine, "before_cursor_execute", self._note)

    def readings(self) -> list[Reading]:
        """Return how each statement reads each of its tables."""
        found = []
        for (place, statement), values in self.executed.items():
            with self._engines[place].connect() as connection:
                rows = connection.exec_driver_sql(f"EXPLAIN {statement}", values).mappings().all()
            found += [
                Reading(
                    statement=" ".join(statement.split()),
                    table=str(row["table"]),
                    access=str(row["type"]),
                    index=row["key"],
                    rows=int(row["rows"] or 0),
                )
                for row in rows
                # Without a table: "no matching row", or rows that were made on the way, in angle brackets.
                if row["table"] is not None and not str(row["table"]).startswith("<")
            ]
        return found

    def scans(self, *, small: int = SMALL) -> list[Reading]:
        """Return every reading of a whole table or index that has more than `small` rows."""
        return [reading for reading in self.readings() if reading.is_scan and reading.rows > small]

    def _note(
        self, connection: Any, _cursor: Any, statement: str, values: Any, _context: Any, executemany: bool
    ) -> None:
        if not statement.lstrip().upper().startswith(_EXPLAINED):
            return
        place = str(connection.engine.url)
        self._engines[place] = connection.engine
        self.executed[place, statement] = values[0] if executemany else values
