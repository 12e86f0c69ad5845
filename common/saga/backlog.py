"""How long a new saga would wait behind those under way, so that one that cannot end in time is not begun."""

import threading
import time
from collections import deque

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from common.config import settings
from common.errors import Overloaded
from common.saga.runs import saga_run

# One process looks this often at most, and reckons with what ended in this time.
LOOK_SECONDS = 1.0
WINDOW_SECONDS = 10.0
# So many a second are taken to end even if none did just now: a provider that is away for a moment, or a few sagas that
# take their time, close no shop.
LEAST_A_SECOND = 4.0
# More need not be counted to know that they are too many.
MOST = 10_000
RETRY_SECONDS = 5


class Backlog:
    """
    What is under way of one kind of saga, as one process sees it.

    Too much is what would take longer than the setting `saga_backlog_seconds` at the pace of the last seconds.
    """

    def __init__(self, saga: str) -> None:
        self._saga = saga
        self._lock = threading.Lock()
        self._looked_at = 0.0
        self._newest: int | None = None
        self._under_way = 0
        #: When was looked, and how many sagas had begun and ended since the look before.
        self._ended: deque[tuple[float, int]] = deque()

    def seconds(self, session: Session) -> float:
        """
        Return for how many seconds a saga that begins now is expected to wait behind those under way.

        :raises Overloaded: if it could not be expected to end in time
        """
        with self._lock:
            if time.monotonic() - self._looked_at >= LOOK_SECONDS:
                self._look(session)
            seconds = self._under_way / max(self._pace(), LEAST_A_SECOND)
        if seconds > settings().saga_backlog_seconds:
            raise Overloaded(
                f"{self._under_way} reservations are being completed, which takes about {seconds:.0f} s. Nothing was "
                "reserved. Wait as long as Retry-After says, then try again, with the same Idempotency-Key.",
                retry_after=RETRY_SECONDS,
            )
        return seconds

    def _look(self, session: Session) -> None:
        moving = select(saga_run.c.id).where(
            # Of those that have ended, it is NULL; the index keeps them apart.
            saga_run.c.wake_at.is_not(None),
            saga_run.c.saga == self._saga,
            saga_run.c.state == "running",
        )
        under_way = session.scalar(select(func.count()).select_from(moving.limit(MOST).subquery())) or 0
        newest = session.scalar(select(func.max(saga_run.c.id))) or 0
        now = time.monotonic()
        if self._newest is not None:
            fresh = select(func.count()).where(saga_run.c.id > self._newest, saga_run.c.saga == self._saga)
            begun = session.scalar(fresh) or 0
            self._ended.append((now, max(0, begun - (under_way - self._under_way))))
        while self._ended and self._ended[0][0] < now - WINDOW_SECONDS:
            self._ended.popleft()
        self._looked_at, self._newest, self._under_way = now, newest, under_way

    def _pace(self) -> float:
        """How many ended a second, lately."""
        if not self._ended:
            return 0.0
        lasted = max(LOOK_SECONDS, self._looked_at - self._ended[0][0] + LOOK_SECONDS)
        return sum(count for _, count in self._ended) / lasted
