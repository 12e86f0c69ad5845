"""A service's database: opened on first use, used in transactions that are retried as a whole."""

import random
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cached_property
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from sqlalchemy import ColumnElement, CursorResult, Engine, UpdateBase, create_engine, event, func, text
from sqlalchemy.dialects import mysql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session, sessionmaker

from common import clock, codec
from common.config import settings
from common.crash import crash_point
from common.errors import DomainError, TransientError
from common.sharing import Sharing

P = ParamSpec("P")
T = TypeVar("T")
A = TypeVar("A")

# MariaDB's "take it back and try again": deadlock, lock wait timeout (which rolls back the statement only, so the
# whole transaction is rolled back here), row changed since the snapshot.
_TRY_AGAIN = {1213, 1205, 1020}
# What MariaDB says to a SELECT ... NOWAIT whose row somebody else has locked.
_LOCKED = 1205
# MariaDB's duplicate key. Use cases look before they insert, so somebody else was quicker; the next run sees the row.
_LOST_RACE = 1062
# MariaDB's errors that say nothing about the statement: too many connections, shutting down, no room on the disk,
# broken off on the way, killed, read only for a while. A violated CHECK or an unknown column, which its driver calls
# an OperationalError too, never passes.
_AWAY = {1021, 1040, 1053, 1077, 1079, 1114, 1152, 1158, 1159, 1160, 1161, 1184, 1203, 1290, 1317, 1836, 1927}
# The client's own errors: no connection, or a lost one.
_NOT_CONNECTED = range(2000, 3000)
_ATTEMPTS = 8
# How long a server that took a statement may be silent.
_ANSWER_SECONDS = 20
# No attempt is begun later than this. With the last one's wait for a lock (5 s) it bounds how long a request holds its
# thread, and a process that is told to stop its work.
_PATIENCE_SECONDS = 8.0
# As long as a thread waits for one of its process's connections. They are at least as many as threads, so that one
# who waits meets a database that is in trouble, and is told so rather than kept.
_POOL_SECONDS = 2.0


class DatabaseUnavailable(TransientError):
    """Raised when the database did not answer, or stayed contended through every attempt."""


class CommitUnknown(DatabaseUnavailable):
    """
    Raised when the connection was lost at COMMIT: what was written may count or not, and only looking will tell.

    Never run again by itself. Whoever catches it looks for what it wrote, by a key of its own.
    """


class Database:
    """
    The database of one service, opened on first use.

    A use case is a function `(session, *, ...)`; it runs in the transaction that `write` or `read` opens for it.
    """

    def __init__(self, service: str) -> None:
        self.service = service
        self._shared: dict[Callable[..., Any], Sharing] = {}

    def write(self, use_case: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """
        Run `use_case` in one transaction and commit it; run it again from the start after a deadlock, a unique key
        that somebody else was quicker to take, or the like.

        :raises DatabaseUnavailable: if the database is down or stayed contended; nothing was written then
        :raises CommitUnknown: if it went away at COMMIT; everything was written, or nothing
        """
        return self._attempt(self._writing, use_case, *args, **kwargs)

    def read(self, use_case: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """
        Run `use_case` and roll back whatever it did.

        :raises DatabaseUnavailable: as `write`
        """
        return self._attempt(self._reading, use_case, *args, **kwargs)

    def share(self, use_case: Callable[[Session, Sequence[A]], Sequence[T | DomainError]], ask: A) -> T:
        """
        Run `use_case` as `write` does, once for what several threads ask meanwhile; return its answer to `ask`.

        It takes asks and returns for each, in their order, its answer or the error that is raised here. If it raises
        one itself, each ask has a transaction of its own: nobody fails for another.
        """
        shared = self._shared.get(use_case)
        if shared is None:
            shared = self._shared.setdefault(use_case, Sharing(lambda asks: self.write(use_case, asks)))
        return cast("T", shared.ask(ask))

    def is_away(self) -> bool:
        """Return whether the database does not answer now: if so, no message and no command is to blame."""
        try:
            self.ping()
        except DBAPIError:
            return True
        return False

    def ping(self) -> None:
        """Return if the database answers, raise what it says if not."""
        with self.engine.connect() as connection:
            connection.execute(text("SELECT 1"))

    @cached_property
    def engine(self) -> Engine:
        """The pool of connections of this process."""
        url = getattr(settings(), f"{self.service}_database_url")
        if not url:
            name = f"AEROSAGA_{self.service.upper()}_DATABASE_URL"
            raise LookupError(f"{self.service}_svc has no database: set {name} to its URL.")
        return _engine(url)

    @cached_property
    def _writing(self) -> sessionmaker[Session]:
        return sessionmaker(self.engine, expire_on_commit=False)

    @cached_property
    def _reading(self) -> sessionmaker[Session]:
        return sessionmaker(self.engine.execution_options(reading=True), expire_on_commit=False)

    def _attempt(self, factory: sessionmaker[Session], use_case: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        began = time.monotonic()
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                with factory() as session:
                    result = use_case(session, *args, **kwargs)
                    if factory is self._writing:
                        self._commit(session, of=f"{self.service}.{use_case.__name__}")
                    return result
            except PoolTimeout as error:
                raise DatabaseUnavailable(f"Every connection to the database of {self.service}_svc is busy.") from error
            except DBAPIError as error:
                if not _is_passing(error) or (attempt == _ATTEMPTS and isinstance(error, IntegrityError)):
                    raise
                late = attempt == _ATTEMPTS or time.monotonic() - began > _PATIENCE_SECONDS
                if late or not _is_contention(error):
                    raise DatabaseUnavailable(f"The database of {self.service}_svc: {error.orig}") from error
                # Full jitter: the transactions that collided must not meet again at the same moment.
                time.sleep(random.uniform(0, 0.01 * 2**attempt))
        raise AssertionError("unreachable")

    def _commit(self, session: Session, *, of: str) -> None:
        session.flush()  # what fails from here on is COMMIT itself
        crash_point("transaction.before_commit", of=of)
        try:
            session.commit()
        except DBAPIError as error:
            if _is_contention(error):
                raise  # refused, and so taken back
            raise CommitUnknown(f"The database of {self.service}_svc went away at COMMIT: {error.orig}") from error
        crash_point("transaction.committed", of=of)


def upsert(
    session: Session,
    table: Any,
    rows: Sequence[Mapping[str, Any]],
    *,
    only_if_newer: str | None = None,
    keep: Collection[str] = (),
) -> None:
    """
    Insert `rows`, all with the same keys, or overwrite the rows of the same primary key.

    With `only_if_newer`, the name of a time column, a row is overwritten only by one with a later time. What is written
    of the columns that `keep` names is for new rows alone.
    """
    if not rows:
        return
    target = getattr(table, "__table__", table)
    key = {column.name for column in target.primary_key}
    others = [name for name in rows[0] if name not in {*key, *keep}]
    # What the database computes is a part of the statement, the same for all rows.
    computed = {name: value for name, value in rows[0].items() if isinstance(value, ColumnElement)}
    # Rows are values beside the statement, which is compiled once: as a part of it, a hundred of them cost 30 ms.
    values = [{name: value for name, value in row.items() if name not in computed} for row in rows]
    if session.get_bind().dialect.name == "sqlite":
        lite = sqlite.insert(target).values(computed)
        newer = None if only_if_newer is None else target.c[only_if_newer] < lite.excluded[only_if_newer]
        changes = {name: lite.excluded[name] for name in others}
        session.execute(lite.on_conflict_do_update(index_elements=sorted(key), set_=changes, where=newer), values)
        return
    maria = mysql.insert(target).values(computed)
    assignments: list[tuple[str, Any]] = [(name, maria.inserted[name]) for name in others]
    if only_if_newer is not None:
        newer = maria.inserted[only_if_newer] > target.c[only_if_newer]
        assignments = [(name, func.if_(newer, value, target.c[name])) for name, value in assignments]
        # MariaDB assigns from left to right: the time must change last, or the others would compare with the new one.
        assignments.sort(key=lambda assignment: assignment[0] == only_if_newer)
    statement: Any = maria.on_duplicate_key_update(assignments)
    if computed:
        # One statement of many rows: the driver makes it where all is values, SQLAlchemy where not, if it returns some.
        statement = statement.returning(*target.primary_key)
    session.execute(statement, values)


def changed(session: Session, statement: UpdateBase) -> int:
    """Run an UPDATE or DELETE; return how many rows it changed."""
    result = cast("CursorResult[Any]", session.execute(statement))
    return result.rowcount


def is_locked(error: DBAPIError) -> bool:
    """Tell whether a read that would not wait found its row locked by somebody else."""
    return _code(error) == _LOCKED


def _engine(url: str) -> Engine:
    place = make_url(url)
    if place.get_backend_name() == "mysql":
        # The same server, but only under its own name does SQLAlchemy use what MariaDB has and MySQL lacks.
        place = place.set(drivername=place.drivername.replace("mysql", "mariadb", 1))
    if place.get_backend_name() == "sqlite":
        engine = create_engine(
            place,
            connect_args={"timeout": 10},
            pool_size=settings().database_pool_size,
            pool_timeout=_POOL_SECONDS,
            hide_parameters=True,
            json_serializer=codec.dumps,
            json_deserializer=codec.loads,
        )
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    engine = create_engine(
        place,
        isolation_level="READ COMMITTED",  # no gap locks, which would block inserts into the outbox
        pool_size=settings().database_pool_size,
        max_overflow=4,  # for probes, and for the moments in which one request uses two
        pool_timeout=_POOL_SECONDS,
        pool_pre_ping=True,  # a restarted database costs a reconnection, not a failed request
        pool_recycle=3600,
        hide_parameters=True,  # an error ends up in a log, where no name, address or code may stand
        json_serializer=codec.dumps,
        json_deserializer=codec.loads,
        connect_args={
            "init_command": "SET time_zone='+00:00'",
            "connect_timeout": 5,
            # A link that went dead without a word would hold its thread until the kernel gives up, a quarter of an hour
            # later. No statement of ours takes long; the longest waits 5 s for a lock.
            "read_timeout": _ANSWER_SECONDS,
            "write_timeout": _ANSWER_SECONDS,
        },
    )
    # Many rows are one statement. The driver by itself sends them one by one where a value is the database's clock.
    engine.dialect.use_insertmanyvalues_wo_returning = True
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves, below
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute("PRAGMA foreign_keys=ON")
    if clock.is_movable():
        connection.create_function("clock_ahead", 0, clock.ahead)


def _begin_sqlite(connection: Any) -> None:
    # SQLite has no row locks: a writer takes the one write lock at once, which makes transactions serial.
    reading = connection.get_execution_options().get("reading", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def _code(error: DBAPIError) -> object:
    arguments = getattr(error.orig, "args", ())
    return arguments[0] if arguments else None


def _is_contention(error: DBAPIError) -> bool:
    return _code(error) in _TRY_AGAIN or "database is locked" in str(error.orig) or _is_lost_race(error)


def _is_lost_race(error: DBAPIError) -> bool:
    return _code(error) == _LOST_RACE or "UNIQUE constraint failed" in str(error.orig)


def _is_passing(error: DBAPIError) -> bool:
    if _is_contention(error) or error.connection_invalidated:
        return True
    code = _code(error)
    if isinstance(code, int):
        return code in _AWAY or code in _NOT_CONNECTED
    # SQLite has no numbers: a disk that is full or a file that cannot be opened now may be well later.
    return isinstance(error, OperationalError) and "no such" not in str(error.orig)
