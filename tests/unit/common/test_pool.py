"""A task whose end cannot be told goes back to its queue; every other one ends as Celery says."""

import threading

import pytest
from celery.exceptions import Reject

from common import pool


@pytest.fixture
def threads(monkeypatch):
    monkeypatch.setattr(pool, "PAUSE_SECONDS", 0.0)
    made = pool.Threads(limit=1)
    yield made
    made.on_stop()


def told(threads, target):
    """Return what the worker hears of a task that `target` carries out."""
    heard, done = [], threading.Event()

    def callback(said):
        heard.append(said)
        done.set()

    threads.on_apply(target, (), {}, callback=callback)
    assert done.wait(10), "nothing was heard: the message would never be acknowledged"
    return heard[0]


class TestThreads:
    def test_tell_how_a_task_ended(self, threads):
        assert told(threads, lambda: (0, "paid", 0.2)) == (0, "paid", 0.2)

    @pytest.mark.parametrize("error", [ConnectionError("the store is away"), MemoryError(), Reject("no")])
    def test_give_back_a_task_whose_end_could_not_be_told(self, threads, error):
        def carry_out():
            raise error

        failed, failure, _ = told(threads, carry_out)

        assert failed
        # Wrapped together with its traceback, as the worker expects it.
        assert isinstance(failure.exception.exc, Reject)
        assert failure.exception.exc.requeue
