"""The result store: Redis, where chords count their members; nobody waits there for a result."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from celery import states
from celery.backends.redis import RedisBackend
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)


class ResultStore(RedisBackend):
    """
    Celery's Redis backend, without listening, and without which work goes on.

    Celery listens for the result of whatever it publishes, until somebody has fetched it. Nobody fetches one here: in
    a process that only sends, what it listens for would pile up for ever, and sending would hang while Redis is away.

    While Redis is away results are lost. The work is done all the same, and its task ends: what waits for a chord that
    lost a member, or for the reason of a refusal, is sent again by the saga's sweep.
    """

    def store_result(self, task_id: str, result: Any, state: str, *args: Any, **options: Any) -> Any:
        """Store a result if Redis takes it; return the result."""
        with _dispensable(f"the result of {task_id}"):
            return super().store_result(task_id, result, state, *args, **options)
        return result

    def on_chord_part_return(
        self, request: Any, state: str, result: Any, propagate: bool | None = None, **options: Any
    ) -> None:
        """Count a member of a chord as finished if Redis does."""
        with _dispensable(f"that {request.id} has finished"):
            super().on_chord_part_return(request, state, result, propagate, **options)

    def get_state(self, task_id: str) -> str:
        """Return the state of a task; PENDING, as of one that nobody has heard of, if Redis does not say."""
        with _dispensable(f"the state of {task_id}"):
            return str(super().get_state(task_id))
        return states.PENDING

    def on_task_call(self, producer: Any, task_id: str) -> None:
        """Listen for nothing."""

    def add_pending_result(self, result: Any, weak: bool = False, start_drainer: bool = True) -> Any:
        """Return `result`, which nobody waits for."""
        return result

    def add_pending_results(self, results: Any, weak: bool = False) -> list[Any]:
        """Return `results`, which nobody waits for."""
        return list(results)


@contextmanager
def _dispensable(what: str) -> Iterator[None]:
    try:
        yield
    except (RedisError, OSError) as error:
        logger.warning("the result store does not take part, %s is lost: %s", what, error)
