"""A worker tells Flower of everything that became of its tasks, and of many at once."""

import os
import socket
import subprocess
import sys
import threading

import kombu
import pytest
from celery import Celery

from common import codec
from tests.integration.common.conftest import PROGRAMS, ROOT
from tests.stack import wait

QUEUE = "payment.commands"
TASKS = 40


@pytest.fixture
def worker(broker, clean):
    """A worker of one task, which tells what it does."""
    started = subprocess.Popen(
        [sys.executable, str(PROGRAMS / "canvas_worker.py"), "other"],
        env=os.environ | {"PYTHONPATH": str(ROOT), "AEROSAGA_WAY": "servers"},
    )
    yield started
    started.terminate()
    started.wait(30)


@pytest.fixture
def told(broker, worker):
    """A function that returns what was told of tasks until now: a list for each message."""
    channel = broker.channel
    # Every worker declares its exchange so.
    channel.exchange_declare("celeryev", "topic", durable=True)
    queue = channel.queue_declare("", exclusive=True).method.queue
    channel.queue_bind(queue, "celeryev", "task.#")
    messages: list[list[dict[str, object]]] = []

    def read():
        while (found := channel.basic_get(queue, auto_ack=True))[0] is not None:
            messages.append(codec.loads(found[2]))
        return messages

    return read


def test_everything_is_told_and_much_of_it_at_once(broker, told):
    sender = Celery("tests")
    sender.config_from_object("celeryconfig")
    sender.conf.broker_url = broker.url
    for number in range(TASKS):
        sender.send_task("other.do", kwargs={"case": "told", "step": str(number), "fails": False}, queue=QUEUE)

    def of(kind):
        return {event["uuid"] for events in told() for event in events if event["type"] == kind}

    wait(lambda: len(of("task-succeeded")) == TASKS, what="the end of every task to be told", seconds=60)
    assert of("task-received") == of("task-started") == of("task-succeeded")
    # Three events each; one message for each turn of the worker's loop would be nearly as many messages.
    assert len(told()) < TASKS


def test_a_broken_connection_keeps_nobody_who_has_something_to_tell(broker):
    app = Celery("tests", events="common.reporting:Telling")
    app.config_from_object("celeryconfig")
    app.conf.broker_url = broker.url
    with app.connection_for_write() as connection:
        teller = app.events.Dispatcher(connection, hostname="worker")
        assert teller.publisher.channel.is_open
        broken = connection.connection
        broken.transport.sock.shutdown(socket.SHUT_RDWR)
        with pytest.raises(OSError, match=r"[cC]onnection"):
            connection.drain_events(timeout=5)
        connection.ensure_connection(timeout=5)

        # In a thread of its own: Celery's would be at it for ever.
        telling = threading.Thread(target=teller.send, args=("worker-heartbeat",), kwargs={"retry": True}, daemon=True)
        telling.start()
        telling.join(20)

        assert not telling.is_alive()
        broken.collect()

    with app.connection_for_write() as connection:
        next_one = app.events.Dispatcher(connection, hostname="worker")
        next_one.extend_buffer(teller)
        with connection.channel() as channel:
            queue = kombu.Queue("", next_one.exchange, routing_key="worker.#", exclusive=True)(channel)
            queue.declare()
            next_one.flush()
            assert codec.loads(queue.get().body)["type"] == "worker-heartbeat"
