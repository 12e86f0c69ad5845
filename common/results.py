"""The result store: Redis, where chords count their members; nobody waits there for a result."""

from typing import Any

from celery.backends.redis import RedisBackend


class ResultStore(RedisBackend):
    """
    Celery's Redis backend, without listening.

    Celery listens for the result of whatever it publishes, until somebody has fetched it. Nobody fetches one here: in
    a process that only sends, what it listens for would pile up for ever, and sending would hang while Redis is away.
    """

    def on_task_call(self, producer: Any, task_id: str) -> None:
        """Listen for nothing."""

    def add_pending_result(self, result: Any, weak: bool = False, start_drainer: bool = True) -> Any:
        """Return `result`, which nobody waits for."""
        return result

    def add_pending_results(self, results: Any, weak: bool = False) -> list[Any]:
        """Return `results`, which nobody waits for."""
        return list(results)
