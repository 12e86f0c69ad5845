"""A sweep that stands watch looks as often and as long as it was asked to, never twice at once, and by glances."""

import threading
import time
from types import SimpleNamespace
from unittest.mock import Mock
from uuid import uuid4

import pytest
from celery import Signature
from sqlalchemy import delete

from booking_svc.models import database as booking_database
from common import codec, migrations, saga, stopping, watching
from common.watching import Glance, Watch
from common.worker import stand_watch, sweep
from payment_svc.app import celery as payment
from tests.stack import wait
from tests.surroundings import surroundings


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

    @pytest.mark.parametrize(
        ("on_time", "took", "pause"),
        [
            (True, 0.1, 0.4),
            (True, 0.45, 0.09),
            (True, 30.0, 0.5),
            (False, 0.1, 0.5),
            (False, 0.6, 0.6),
            (False, 30.0, 4.0),
        ],
    )
    def test_pauses_for_less_after_a_long_look_if_somebody_waits_and_for_more_if_not(
        self, on_time, took, pause, monkeypatch
    ):
        clock, paused = iter([0.0, 1.0, 1.0 + took]), []
        monkeypatch.setattr(stopping, "pause", paused.append)
        monkeypatch.setattr(watching.time, "monotonic", lambda: next(clock, 60.0))

        watch = Watch(lambda: None, on_time=on_time)
        monkeypatch.setattr(watch, "_stays", Mock(side_effect=[True, False]))
        watch.stand(every=0.5, seconds=30)

        assert paused == [pytest.approx(pause)]

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

    def test_goes_on_after_a_look_that_failed(self, looks, monkeypatch):
        monkeypatch.setattr(watching, "TROUBLE_SECONDS", 0.01)

        def look():
            looks()
            raise OSError("the broker is away")

        Watch(look).stand(every=0.01, seconds=0.5)

        assert looks.count > 3

    def test_looks_less_often_while_looks_fail(self, looks):
        def look():
            looks()
            raise OSError("the broker is away")

        standing = threading.Thread(target=Watch(look).stand, kwargs={"every": 0.01, "seconds": 0.5})
        standing.start()
        standing.join(20)

        assert looks.count == 1

    def test_ends_as_soon_as_the_process_is_told_to_stop(self, looks, told):
        watch = Watch(looks)
        standing = threading.Thread(target=watch.stand, kwargs={"every": 60, "seconds": 600})
        standing.start()
        wait(lambda: looks.count, what="the first look")

        told.set()
        standing.join(20)

        assert not standing.is_alive()
        assert looks.count == 1


@pytest.fixture
def empty(tmp_path):
    """A database whose outbox is empty."""
    with surroundings(booking_database_url=f"sqlite:///{tmp_path / 'booking.db'}"):
        migrations.upgrade("booking")
        yield booking_database


class TestAGlance:
    def test_tells_whether_there_is_anything(self, empty):
        glance = Glance(empty, saga.DUE)
        quiet = glance()
        empty.write(a_run)

        assert not quiet
        assert glance()

    def test_sends_somebody_to_look_if_the_database_does_not_tell(self, empty):
        glance = Glance(empty, saga.DUE)
        glance()
        glance._cursor.connection.close()

        assert glance()  # who goes will say what is wrong
        assert not glance()  # it has connected anew

    def test_holds_nothing_that_somebody_else_may_want(self, empty):
        empty.write(a_run)
        glance = Glance(empty, saga.DUE)
        glance()

        assert empty.engine.pool.checkedout() == 0
        empty.write(lambda session: session.execute(delete(saga.saga_run)) and None)
        assert not glance()


def a_run(session):
    """Write a run of a saga that is due."""
    saga.begin(session, saga="book", subject_id=1, correlation_id=uuid4(), payload={}, seconds=0)


class TestAWorkerThatStarts:
    def test_looks_at_once_for_what_beat_would_ask_it_to_look_after(self, monkeypatch):
        threads = Mock()
        queues = SimpleNamespace(consume_from={"payment.sweeps": None})
        monkeypatch.setitem(payment.__dict__, "amqp", SimpleNamespace(queues=queues))

        stand_watch(payment, threads)

        names = {task.run: name for name, task in payment.tasks.items()}
        orders = {names[call.args[0]]: call.kwargs["every"] for call in threads.submit.call_args_list}
        assert orders == {"payment_svc.relay_outbox": 0.5, "payment_svc.drain_parked": 5}


class TestASweep:
    def test_stands_watch_as_an_order_says_that_came_over_the_wire(self, looks):
        task = sweep("tests.look")(looks)

        task.run(**codec.loads(codec.dumps({"every": 0.01, "seconds": 0.2})))

        assert looks.count > 1

    def test_that_stands_watch_is_carried_out_only_if_there_may_be_anything_to_do(self, looks):
        task = sweep("tests.look_if_due", due=iter([False, True, *[False] * 1000]).__next__)(looks)

        task.run(every=0.01, seconds=0.2)

        assert looks.count == 1

    def test_that_may_be_joined_is_ordered_and_watch_goes_on(self, looks, monkeypatch):
        task = sweep("tests.look_together", due=iter([True, True, *[False] * 1000]).__next__, queue="tests")(looks)
        orders = []
        monkeypatch.setattr(Signature, "apply_async", lambda order, **_: orders.append(order.options["queue"]))

        task.run(every=0.01, seconds=0.2)

        assert orders == ["tests", "tests"]
        assert looks.count == 0

    def test_whose_order_does_not_get_through_is_ordered_again(self, looks, monkeypatch):
        task = sweep("tests.look_later", due=lambda: True, queue="tests")(looks)
        tries = []

        def fail(_order, **_):
            tries.append(1)
            raise OSError("the broker is away")

        monkeypatch.setattr(Signature, "apply_async", fail)

        task.run(every=0.01, seconds=0.2)

        assert len(tries) > 1

    def test_is_one_round_if_the_order_says_nothing(self, looks):
        task = sweep("tests.look_once")(looks)

        task.run()

        assert looks.count == 1
