"""A process whose loop stands still ends; one that turns, connects or was stopped for a while does not."""

import threading
import time
from contextlib import nullcontext

import pytest

from common import looping
from common.looping import LOOKS, STOOD_STILL, Lookout


class Ended(threading.Event):
    """Remembers the exit status with which a process would have ended."""

    status: int | None = None

    def with_status(self, status: int) -> None:
        self.status = status
        self.set()


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(looping, "TURN_SECONDS", 0.02)


@pytest.fixture
def ended():
    return Ended()


def test_ends_a_process_whose_loop_stands_still_and_says_where(ended, caplog):
    with Lookout(ended.with_status).watching():
        assert ended.wait(10)

    assert ended.status == STOOD_STILL
    assert "test_ends_a_process_whose_loop_stands_still_and_says_where" in caplog.text


def test_lets_a_loop_turn(ended):
    lookout = Lookout(ended.with_status)
    with lookout.watching():
        for _ in range(LOOKS * 10):
            lookout.turn()
            time.sleep(0.01)

    assert not ended.is_set()


def test_does_not_mind_who_is_in_no_loop(ended):
    lookout = Lookout(ended.with_status)
    with lookout.watching():
        pass
    time.sleep(0.02 * LOOKS * 3)

    assert not ended.is_set()


def test_a_loop_that_is_entered_again_has_its_time_again(ended):
    lookout = Lookout(ended.with_status)
    for inside in (lookout.watching(), nullcontext(), lookout.watching()):
        with inside:
            time.sleep(0.02 * (LOOKS - 3))

    assert not ended.is_set()
