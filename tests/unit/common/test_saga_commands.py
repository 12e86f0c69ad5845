"""What a saga sends without making a canvas is, to the letter, what Celery sends of the canvas."""

from contextlib import contextmanager

import kombu
import pytest
from celery import Celery, _state
from celery._state import _task_stack

from booking_svc.sagas import BOOK, CANCEL, HOLD
from common.saga.commands import PUBLISHING
from tests.surroundings import surroundings
from tests.unit.common.test_saga import CORRELATION, a_payload

REFUNDED = {"correlationId": CORRELATION, "reservationId": 7, "payments": [{"part": 1, "amount": 1, "currency": "USD"}]}
REFUNDED["payments"][0]["reason"] = "cancelled"

SENT = {
    "a chain with a callback": (BOOK.forward, 1, a_payload("tok_visa")),
    "a chain with a callback and a failure switch": (
        BOOK.forward,
        1,
        a_payload("tok_visa") | {"failures": ["booking.confirm-reservation=fail"]},
    ),
    "one command with a callback": (HOLD.forward, 2, a_payload()),
    "a chain without a callback": (CANCEL.forward, 1, REFUNDED),
    "the way back of several payments": (BOOK.backward, 1, a_payload("tok_visa", "tok_mastercard")),
    "one command of a way back": (HOLD.backward, 3, a_payload()),
}


@pytest.fixture
def app(monkeypatch):
    """A Celery app that knows no task it sends, as a service has it that sends to another; its broker is nowhere."""
    # Other tests may have loaded the tasks of all services, and each app would know them.
    builtin = {of_all for of_all in _state._on_app_finalizers if of_all.__module__ == "celery.app.builtins"}
    monkeypatch.setattr(_state, "_on_app_finalizers", builtin)
    before = _state._tls.current_app
    with surroundings(broker_url="memory://"):
        app = Celery("booking_svc")
        app.config_from_object("celeryconfig")
        app.conf.broker_url = "memory://"
        yield app
        _state._set_current_app(before)
        app.close()


@pytest.fixture
def published(monkeypatch):
    """Everything that kombu was about to hand to a broker, written as it would travel."""
    seen = []

    def note(_producer, *arguments, **options):
        seen.append((repr(arguments), options))

    monkeypatch.setattr(kombu.Producer, "_publish", note)
    return seen


@contextmanager
def carrying_out_a_task(app):
    """As in a worker, whose task sends a saga: the task is its parent."""
    task = app.tasks["celery.backend_cleanup"]
    task.push_request(id="the-sweep", root_id="its-root", called_directly=False)
    _task_stack.push(task)
    try:
        yield
    finally:
        _task_stack.pop()
        task.pop_request()


class TestSend:
    @pytest.mark.parametrize("name", SENT)
    def test_publishes_what_the_canvas_would_be(self, app, published, name):
        way, attempt, payload = SENT[name]
        commands = way(run_id=8, attempt=attempt, payload=payload)

        commands.canvas().apply_async(**PUBLISHING)
        commands.send()

        by_celery, by_us = published
        assert by_us == by_celery
        assert str(CORRELATION) in by_us[0]

    @pytest.mark.parametrize("name", SENT)
    def test_publishes_it_from_a_sweep_too(self, app, published, name):
        way, attempt, payload = SENT[name]
        commands = way(run_id=8, attempt=attempt, payload=payload)

        with carrying_out_a_task(app):
            commands.canvas().apply_async(**PUBLISHING)
            commands.send()

        by_celery, by_us = published
        assert by_us == by_celery
        assert "'parent_id': 'the-sweep'" in by_us[0]

    def test_sends_nothing_for_a_saga_that_waits(self, app, published):
        HOLD.forward(run_id=8, attempt=1, payload=a_payload()).send()

        assert published == []
