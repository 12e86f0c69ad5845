"""From the broker to the integrator: the real consumer and the real sender, as processes."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from common import codec
from tests.builders import a_seat_held
from tests.integration.notification_svc.webhooks.receiver import receiving
from tests.processes import PlainProcess, celery_app, program_of
from tests.stack import wait

PROCESSES = ("notification-consumer", "notification-webhooks")


@pytest.fixture
def running(broker, tmp_path: Path) -> Iterator[dict[str, PlainProcess]]:
    """The consumer and the sender of webhooks, on the servers of the tests."""
    started: dict[str, PlainProcess] = {}
    try:
        for name in PROCESSES:
            program = program_of(name, tmp_path, AEROSAGA_WEBHOOK_PRIVATE_ADDRESSES="allow")
            started[name] = PlainProcess(name, program.command, environment=program.environment, log_dir=tmp_path)
        yield started
    finally:
        for process in started.values():
            process.stop()


class TestAnEvent:
    def test_on_the_broker_reaches_the_integrator_once_however_often_it_is_delivered(self, hooks, broker, running):
        app = celery_app()
        with receiving() as endpoint:
            webhook, secret = hooks.add(endpoint.url)
            event = a_seat_held()
            body = codec.dumps(event.to_wire())
            broker.put(body, body, body, exchange="booking.events", routing_key="SeatHeld.v1")
            wait(lambda: hooks.deliveries(webhook), what="the consumer to hear of the seat", seconds=90)
            for _ in range(3):  # as beat does
                app.send_task("notification_svc.send_webhooks", queue="notification.webhooks")
            wait(lambda: endpoint.posts, what="the sender to post it", seconds=90)
            wait(lambda: hooks.delivery(webhook).state == "delivered", what="the outcome to be noted")

        (post,) = endpoint.posts
        assert post.verify(secret)["seatNumber"] == "12A"
        app.close()

    def test_under_way_is_finished_by_a_sender_that_is_told_to_stop(self, hooks, broker, running):
        def slowly(handler):
            os.kill(running["notification-webhooks"].pid, signal.SIGTERM)
            wait(lambda: b"hutdown" in running["notification-webhooks"].logs(), what="the sender to hear of it")
            handler.answer(204)

        app = celery_app()
        with receiving(slowly) as endpoint:
            webhook, _ = hooks.add(endpoint.url)
            hooks.hear(a_seat_held())
            app.send_task("notification_svc.send_webhooks", queue="notification.webhooks")
            wait(lambda: endpoint.posts, what="the sender to post it", seconds=90)
            wait(lambda: hooks.delivery(webhook).state == "delivered", what="the outcome to be noted", seconds=30)

        assert len(endpoint.posts) == 1
        app.close()
