"""Sending a saga on its way: quickly, whatever is away; what was not sent is left to the sweep."""

import socket
import time
from datetime import UTC, datetime
from decimal import Decimal
from uuid import uuid4

import pytest
import redis

from booking_svc.sagas import SAGAS
from common import saga
from tests.processes import celery_app, current
from tests.surroundings import surroundings

NOWHERE = "127.0.0.1:1"
# A request that holds seats must be answered in a few seconds.
PATIENCE_SECONDS = 8


def an_order(payments=1, *, back=False):
    """A saga that is due, with so many payments by card."""
    part = {
        "amount": Decimal("225.00"),
        "currency": "USD",
        "paymentMethod": {"kind": "card", "token": "tok_visa"},
        "payBy": datetime(2026, 12, 1, 13, 30, tzinfo=UTC),
    }
    payload = {
        "correlationId": uuid4(),
        "reservationId": 12345,
        "payments": [{"part": number, **part} for number in range(1, payments + 1)],
    }
    return saga.Order(saga="book", run_id=8, attempt=1, back=back, payload=payload)


@pytest.fixture
def sending(broker, servers):
    """Return a function that sends a saga with so many payments, with a broker and a result store at these URLs."""

    def send(payments=1, *, broker_url=broker.url, result_url=servers.urls.result, back=False, before_closing=None):
        order = an_order(payments, back=back)
        with surroundings(broker_url=broker_url, result_url=result_url), celery_app() as app, current(app):
            began = time.monotonic()
            sent = order.send(SAGAS)
            assert time.monotonic() - began < PATIENCE_SECONDS
            return before_closing() if before_closing else sent

    return send


def tasks(broker, queue):
    return [message.properties.headers["task"] for message in broker.take(queue)]


class TestSend:
    def test_puts_the_first_command_on_its_services_queue(self, sending, broker):
        assert sending() is True

        assert tasks(broker, "payment.commands") == ["payment_svc.authorize_payment"]

    def test_puts_the_commands_that_run_side_by_side_on_it_together(self, sending, broker):
        assert sending(payments=3) is True

        assert tasks(broker, "payment.commands") == ["payment_svc.authorize_payment"] * 3

    def test_puts_the_last_steps_undo_on_its_queue_first(self, sending, broker):
        assert sending(back=True) is True

        assert tasks(broker, "payment.commands") == ["payment_svc.void_payment"]
        assert tasks(broker, "booking.commands") == []

    def test_carries_amounts_exactly_and_the_trace(self, sending, broker):
        sending()

        (message,) = broker.take("payment.commands")
        assert '"amount":225.00' in message.text
        trace = message.body[1]["correlationId"].replace("-", "")
        assert message.properties.headers["traceparent"].split("-")[1] == trace
        assert message.properties.delivery_mode == 2


class TestAMissingQueue:
    def test_is_noticed_and_the_saga_left_to_the_sweep_which_finds_it_declared_anew(self, broker):
        order = an_order()
        with celery_app() as app, current(app):
            assert order.send(SAGAS) is True
            # The connection is kept, and remembers that it declared the queue.
            broker.channel.queue_delete("payment.commands")

            assert order.send(SAGAS) is False
            assert order.send(SAGAS) is True

        assert tasks(broker, "payment.commands") == ["payment_svc.authorize_payment"]


class TestListening:
    def test_for_results_that_nobody_waits_for_is_not_begun(self, broker, sending, servers):
        def look():
            with redis.Redis.from_url(servers.urls.result) as store:
                return store.pubsub_channels("*")

        assert sending(payments=2, before_closing=look) == []


class TestWithoutAResultStore:
    def test_a_saga_with_one_payment_begins_all_the_same(self, sending, broker):
        assert sending(result_url=f"redis://{NOWHERE}/0") is True

        assert tasks(broker, "payment.commands") == ["payment_svc.authorize_payment"]

    def test_a_saga_with_several_is_left_to_the_sweep(self, sending):
        assert sending(payments=2, result_url=f"redis://{NOWHERE}/0") is False

    def test_one_that_takes_a_question_and_never_answers_holds_nobody_for_long(self, sending):
        began = time.monotonic()
        with socket.create_server(("127.0.0.1", 0)) as silent:
            assert sending(payments=2, result_url=f"redis://127.0.0.1:{silent.getsockname()[1]}/0") is False

        # Celery's own patience is two minutes for each of three attempts.
        assert time.monotonic() - began < 60


class TestWithoutABroker:
    @pytest.mark.parametrize("payments", [1, 2])
    def test_a_saga_is_left_to_the_sweep(self, sending, payments):
        assert sending(payments=payments, broker_url=f"amqp://guest:guest@{NOWHERE}//") is False
