"""Columns both kinds of database agree on, and the database's clock."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, BindParameter, DateTime, Dialect, Float, Integer, MetaData, String, literal
from sqlalchemy.dialects import mysql
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine

from common import clock

#: Names for every constraint, so that a migration can speak of each on any server.
NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}

#: Tables every service has: outbox, inbox, journal, audit log, parked messages.
SHARED = MetaData(naming_convention=NAMES)

#: A key the database numbers; SQLite does so only in a column that is exactly INTEGER.
BigId = BigInteger().with_variant(Integer, "sqlite")


def exact(length: int) -> TypeEngine[str]:
    """
    Return the type of a name that is compared byte by byte.

    Under MariaDB's usual collation "abc123", "ABC123 " and accented letters would be the same name. Not an ASCII
    column, although most names are: MariaDB refuses to compare one with a text that is not ASCII.
    """
    strict = mysql.VARCHAR(length, charset="utf8mb4", collation="utf8mb4_nopad_bin")
    return String(length).with_variant(strict, "mariadb")


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC time with microseconds; MariaDB's plain DATETIME would cut the fraction off."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        if dialect.name in {"mysql", "mariadb"}:
            return dialect.type_descriptor(mysql.DATETIME(fsp=6))
        return dialect.type_descriptor(DateTime())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.astimezone(UTC).replace(tzinfo=None) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.replace(tzinfo=UTC) if value else None


class Word(TypeDecorator[StrEnum]):
    """A member of `words`, stored as its text: readable in the table, and no migration for a new word."""

    impl = String
    cache_ok = True

    def __init__(self, words: type[StrEnum], length: int = 12) -> None:
        self.words = words
        self.length = length
        super().__init__(length)

    def process_bind_param(self, value: StrEnum | None, dialect: Dialect) -> str | None:
        return None if value is None else str(self.words(value))

    def process_result_value(self, value: str | None, dialect: Dialect) -> StrEnum | None:
        return None if value is None else self.words(value)


class now(FunctionElement[datetime]):  # noqa: N801 (reads as the SQL function it is)
    """
    The database's clock, plus `seconds`: the only clock that deadlines are measured by.

    A statement that is made once has a parameter for them, of the type `Float`.
    """

    type = UtcDateTime()
    # The seconds are a parameter, so that a statement is compiled once and not each time.
    inherit_cache = True

    def __init__(self, *, seconds: float | BindParameter[float] = 0) -> None:
        if isinstance(seconds, BindParameter):
            super().__init__(seconds)
        else:
            super().__init__(*([literal(float(seconds), Float())] if seconds else []))


@compiles(now, "mysql")
@compiles(now, "mariadb")
def _now_on_mariadb(element: now, compiler: Any, **options: Any) -> str:
    shift = compiler.process(element.clauses, **options)
    return f"(UTC_TIMESTAMP(6) + INTERVAL {shift} SECOND)" if shift else "(UTC_TIMESTAMP(6))"


@compiles(now, "sqlite")
def _now_on_sqlite(element: now, compiler: Any, **options: Any) -> str:
    shift = compiler.process(element.clauses, **options)
    # Where the clock can be moved, each connection has a function that tells how far it was (common.db).
    parts = [*([shift] if shift else []), *(["clock_ahead()"] if clock.is_movable() else [])]
    modifier = f", ({' + '.join(parts)}) || ' seconds'" if parts else ""
    # SQLite counts milliseconds; SQLAlchemy reads six digits.
    return f"(strftime('%Y-%m-%d %H:%M:%f', 'now'{modifier}) || '000')"
