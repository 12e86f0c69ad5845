"""A worker that is told to stop: what runs is finished, what takes too long is given back, all in bounded time."""

import logging
import os
import threading
import time
from typing import Any

from celery import signals
from celery.worker import state

# Longer than any command needs that meets no trouble: a lock is waited for 5 s at a time, a provider's answer 3 s.
# A fifth of the time after which the supervisor kills.
FINISH_SECONDS = 12.0
# Saying goodbye to the broker may hang, if it is the broker that is in trouble.
GOODBYE_SECONDS = 2.0

logger = logging.getLogger(__name__)

_told = threading.Event()
_consumers: list[Any] = []


def stopping() -> bool:
    """Return whether this process was told to stop, for work that goes on and on: it ends at its next good place."""
    return _told.is_set()


def pause(seconds: float) -> None:
    """Wait so long, or until this process is told to stop."""
    _told.wait(seconds)


def watch() -> None:
    """
    Bound how long this process takes to stop, if it is a worker.

    Celery's own way (SIGTERM, a warm shutdown) waits for running tasks for ever; its bounded one (SIGQUIT) waits in
    full also when nothing runs, and cannot interrupt a thread.
    """
    signals.worker_ready.connect(_remember, weak=False, dispatch_uid="stopping")
    signals.worker_shutting_down.connect(begin, weak=False, dispatch_uid="stopping")


def _remember(sender: Any = None, **_: Any) -> None:
    _consumers.append(sender)


def begin(**_: Any) -> None:
    """Begin to stop: from now on this process ends within its time, whatever it waits for."""
    if not _told.is_set():
        _told.set()
        threading.Thread(target=_give_up, name="stopping", daemon=True).start()


def _give_up() -> None:
    """
    End the process when its time is over, by giving back what it has not finished.

    As after a kill nothing is half done: what is not committed is rolled back, what is not acknowledged is delivered
    again. Closing the connection returns it at once also where the broker is Redis, which would wait a minute.
    """
    time.sleep(FINISH_SECONDS)
    unfinished = sorted({str(request.name) for request in tuple(state.active_requests)})
    logger.warning("stopping takes too long; giving back: %s", ", ".join(unfinished) or "nothing, the broker hangs")
    goodbye = threading.Thread(target=_close, name="goodbye", daemon=True)
    goodbye.start()
    goodbye.join(GOODBYE_SECONDS)
    os._exit(0)


def _close() -> None:
    for consumer in _consumers:
        try:
            consumer.connection.close()
        except Exception as error:  # the process ends in any case, and its connections with it
            logger.info("the broker did not hear that we stop: %s", error)
