"""A sweep that stands watch: beat asks for it once, and it looks again and again until its time is over."""

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, Select
from sqlalchemy.exc import SQLAlchemyError

from common import stopping
from common.db import Database

log = logging.getLogger(__name__)

# After a look that failed; what was in its way seldom passes sooner.
TROUBLE_SECONDS = 4.0
# Of the time that a look took, what who looks on time pauses at least: no thread is all that the others wait for.
LEAST_PAUSE = 0.2


class Watch:
    """
    One who looks, however often it is asked for: somebody who stands watch already stays longer instead.

    An order of beat's costs the broker, beat and the worker some hundred times as much as a look at a table in which
    there is nothing. What is looked after every half second is therefore ordered every few seconds only.
    """

    def __init__(self, look: Callable[[], Any], *, on_time: bool = False) -> None:
        """:param on_time: whether somebody waits for what the look does, so that it begins `every` so often even if it
        takes long; the others pause for as long as they took, if that is longer"""
        self._look = look
        self._on_time = on_time
        self._lock = threading.Lock()
        self._until = 0.0
        self._stands = False

    def stand(self, *, every: float, seconds: float) -> None:
        """
        Look at once, and then `every` so many seconds, until so many `seconds` from now or until the process stops.

        If somebody does so already, it is they who stay until then, and this returns. A look that fails is told in the
        log and repeated a little later.
        """
        with self._lock:
            self._until = time.monotonic() + seconds
            if self._stands:
                return
            self._stands = True
        try:
            while self._stays():
                began = time.monotonic()
                try:
                    self._look()
                    pause = self._pause(every, time.monotonic() - began)
                except Exception:  # whatever it is: who stands watch stays
                    log.exception("a sweep failed; it is repeated in %.0f s", TROUBLE_SECONDS)
                    pause = max(every, TROUBLE_SECONDS)
                stopping.pause(pause)
        finally:
            self._stands = False

    def _pause(self, every: float, took: float) -> float:
        if self._on_time:
            return max(every - took, min(every, took * LEAST_PAUSE))
        # Looks take long when there is much to do, or when all else is slow: either way larger steps do more with less.
        return max(every, min(took, TROUBLE_SECONDS))

    def _stays(self) -> bool:
        # Under the lock, so that whoever orders more time finds either that we stay for it, or that we have left.
        with self._lock:
            self._stands = not stopping.stopping() and time.monotonic() < self._until
            return self._stands


class Glance:
    """
    Tells whether there may be anything to do, as cheaply as can be told; not for use by two threads.

    It is one statement by itself on a connection of its own. Looking for work in a transaction is four, and with the
    pool and the session around it costs ten times the CPU.
    """

    def __init__(self, database: Database, anything: Select[Any]) -> None:
        """:param anything: has a row while there is something to do"""
        self._database = database
        self._anything = anything
        self._connection: Connection | None = None

    def __call__(self) -> bool:
        """Return whether there may be something; also if the database does not say, as whoever works will tell why."""
        try:
            if self._connection is None:
                self._open()
            self._cursor.execute(self._statement)
            return bool(self._cursor.fetchall())
        except Exception as error:  # of the driver, which every kind of database has its own of
            log.info("looking whether there is anything to do: %s", error)
            self._close()
            return True

    def _open(self) -> None:
        engine = self._database.engine
        connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        connection.detach()  # from the pool: it is nobody else's any more
        compiled = self._anything.compile(dialect=engine.dialect, compile_kwargs={"literal_binds": True})
        self._connection, self._statement = connection, str(compiled)
        self._cursor: Any = connection.connection.cursor()

    def _close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                connection.close()
            except SQLAlchemyError as error:
                log.debug("a connection that was lost: %s", error)
