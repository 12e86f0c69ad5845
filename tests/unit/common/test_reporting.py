"""When a worker tells what is to be told of its tasks."""

from types import SimpleNamespace

import pytest

from common.looping import Watched
from common.reporting import SECONDS, Reporter, Teller
from common.worker import create_worker


class Loop:
    """The loop of a worker, which remembers for when a telling was asked for."""

    def __init__(self) -> None:
        self.asked: list[float] = []

    def call_soon(self, act, *args):
        act(*args)

    def call_later(self, seconds, _tell):
        self.asked.append(seconds)


def _with(self, hub):
    self.hub, self.event_dispatcher = hub, SimpleNamespace(buffer_limit=24)


@pytest.fixture
def reporter(monkeypatch):
    monkeypatch.setattr(Watched, "__init__", _with)
    return Reporter(Loop())


@pytest.fixture
def clock(monkeypatch):
    """The seconds that have gone by, as the test sets them."""
    at = [1000.0]
    monkeypatch.setattr("common.reporting.time.monotonic", lambda: at[0])
    return at


def test_one_telling_is_asked_for_however_much_is_to_be_told(reporter, clock):
    for _ in range(10):
        reporter.on_send_event_buffered()
        clock[0] += SECONDS / 20

    assert reporter.hub.asked == [SECONDS]


def test_one_that_never_came_is_asked_for_again(reporter, clock):
    reporter.on_send_event_buffered()
    clock[0] += SECONDS
    reporter.on_send_event_buffered()

    assert reporter.hub.asked == [SECONDS, SECONDS]


def test_a_worker_without_a_loop_tells_at_once_by_itself(clock, monkeypatch):
    monkeypatch.setattr(Watched, "__init__", _with)
    Reporter(None).on_send_event_buffered()


def test_no_thread_but_that_of_the_loop_ever_tells(reporter, clock):
    reporter.on_send_event_buffered()

    assert reporter.event_dispatcher.buffer_limit > 1_000_000


def test_a_worker_tells_by_a_teller_that_waits_for_no_connection():
    assert issubclass(create_worker("booking").events.Dispatcher, Teller)
