"""gunicorn's thread worker, which knows how long each request has waited for a thread."""

import time
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

from common import shedding


class TimingWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn ships no types
    """Requests queue for its threads without a word; this one tells `common.shedding` for how long each did."""

    def enqueue_req(self, conn: Any) -> None:
        """Put a connection that has something to say into the queue."""
        conn.queued_at = time.monotonic()
        super().enqueue_req(conn)

    def handle(self, conn: Any) -> Any:
        """Answer what comes next on a connection, in a thread."""
        shedding.note_wait(time.monotonic() - conn.queued_at)
        return super().handle(conn)
