"""Webhooks in the embedded way, whose database has no row locks."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from common import migrations
from notification_svc.models import database
from tests.builders import a_seat_held
from tests.integration.notification_svc.webhooks.hooks import Hooks
from tests.integration.notification_svc.webhooks.receiver import receiving
from tests.surroundings import surroundings
from tests.together import together


@pytest.fixture
def on_sqlite(tmp_path: Path) -> Iterator[Hooks]:
    """The webhooks of a notification_svc on SQLite."""
    url = f"sqlite:///{tmp_path / 'notification.db'}"
    with surroundings(notification_database_url=url, key_secret="seals-what-must-be-read-again-in-tests"):
        migrations.upgrade("notification")
        yield Hooks(database)


class TestDeliveries:
    def test_arrive_once_each_with_two_senders_and_a_receiver_that_fails_at_first(self, on_sqlite):
        with receiving(500, 500) as endpoint:
            webhook, secret = on_sqlite.add(endpoint.url)
            events = [a_seat_held() for _ in range(12)]
            on_sqlite.hear(*events)
            together(on_sqlite.send, on_sqlite.send)
            on_sqlite.send_again()

        arrived = [post.message_id for post in endpoint.posts[2:]]
        assert sorted(arrived) == sorted(str(event.event_id) for event in events)
        assert {delivery.state for delivery in on_sqlite.deliveries(webhook)} == {"delivered"}
        for post in endpoint.posts:
            post.verify(secret)
