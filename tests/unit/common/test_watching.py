"""A sweep that stands watch looks as often and as long as it was asked to, and never twice at once."""

import threading
import time

import pytest

from common import codec, stopping
from common.watching import Watch
from common.worker import sweep
from tests.stack import wait


class Looks:
    """Counts looks, and whether two were ever at it together; each takes a moment."""

    def __init__(self) -> None:
        self.count = 0
        self.crowded = False
        self._busy = threading.Lock()

    def __call__(self) -> None:
        self.crowded |= not self._busy.acquire(blocking=False)
        self.count += 1
        time.sleep(0.01)
        self._busy.release()


@pytest.fixture
def looks():
    return Looks()


@pytest.fixture
def told(monkeypatch):
    """Tells the process to stop."""
    event = threading.Event()
    monkeypatch.setattr(stopping, "_told", event)
    return event


class TestWatch:
    def test_looks_again_and_again_until_its_time_is_over(self, looks):
        Watch(looks).stand(every=0.01, seconds=0.5)

        assert looks.count > 3

    def test_looks_once_at_least(self, looks):
        watch = Watch(looks)

        watch.stand(every=0.01, seconds=0.005)

        assert looks.count == 1

    def test_is_prolonged_by_an_order_that_comes_meanwhile(self, looks):
        watch = Watch(looks)
        first = threading.Thread(target=watch.stand, kwargs={"every": 0.01, "seconds": 30})
        first.start()
        wait(lambda: looks.count, what="the first look")

        began = time.monotonic()
        watch.stand(every=0.01, seconds=0.3)
        took = time.monotonic() - began
        first.join(20)

        assert not first.is_alive()  # it stays as long as the last order says
        assert took < 0.3  # who came second has not waited for it
        assert not looks.crowded

    def test_is_begun_anew_after_a_look_that_failed(self):
        def look():
            raise OSError("the broker is away")

        watch = Watch(look)
        for _ in range(2):
            with pytest.raises(OSError, match="away"):
                watch.stand(every=0.01, seconds=5)

    def test_ends_as_soon_as_the_process_is_told_to_stop(self, looks, told):
        watch = Watch(looks)
        standing = threading.Thread(target=watch.stand, kwargs={"every": 60, "seconds": 600})
        standing.start()
        wait(lambda: looks.count, what="the first look")

        told.set()
        standing.join(20)

        assert not standing.is_alive()
        assert looks.count == 1


class TestASweep:
    def test_stands_watch_as_an_order_says_that_came_over_the_wire(self, looks):
        task = sweep("tests.look")(looks)

        task.run(**codec.loads(codec.dumps({"every": 0.01, "seconds": 0.2})))

        assert looks.count > 1

    def test_is_one_round_if_the_order_says_nothing(self, looks):
        task = sweep("tests.look_once")(looks)

        task.run()

        assert looks.count == 1
