"""The threads that carry out a worker's tasks, none of which keeps a message for ever."""

import logging
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from billiard.einfo import ExceptionInfo
from celery.concurrency.thread import TaskPool
from celery.exceptions import Reject

# What went wrong has to do with the broker or the result store, and passes no sooner.
PAUSE_SECONDS = 2.0

logger = logging.getLogger(__name__)


class Threads(TaskPool):
    """
    Celery's pool of threads, in which a task whose end could not be told goes back to its queue.

    Celery 5.7 acknowledges a task in a callback, and does not call it when telling the task's end raises: the result
    store is away and its failure cannot be stored either. Such a message would stay with the worker, neither done nor
    given back, and take one of its places until it is restarted; after as many as there are threads the worker would
    take nothing any more, and say nothing. Every task here may be carried out twice.
    """

    def on_apply(self, target: Callable[..., Any], *args: Any, **options: Any) -> Any:
        """Hand a task to a thread."""
        return super().on_apply(partial(_to_its_end, target), *args, **options)


def _to_its_end(target: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Carry out a task; answer as Celery's tracer does: (whether it failed, answer or failure, seconds)."""
    try:
        return target(*args, **kwargs)
    except Exception as error:  # whatever: a thread that dies of it would never give the message back
        logger.warning("giving a task back whose end could not be told: %r", error)
        time.sleep(PAUSE_SECONDS)
        try:
            raise Reject(str(error), requeue=True) from error
        except Reject:
            return 1, ExceptionInfo(), 0.0
