"""A sender is killed with a delivery under way: it is sent again, as what it was."""

import os
import subprocess
import sys
from pathlib import Path

from notification_svc.domain.webhooks import attempts_for
from notification_svc.service.webhooks.claiming import claim_parcels
from tests.builders import a_seat_held
from tests.integration.notification_svc.webhooks.receiver import hanging, receiving
from tests.stack import wait

ROOT = Path(__file__).resolve().parents[4]
SEND = """
from notification_svc.models import database
from notification_svc.provider.receiver import Receiver
from notification_svc.service.webhooks.sending import send_due
send_due(database, Receiver(private=True))
"""


class TestAKilledSender:
    def test_leaves_its_delivery_to_another_who_sends_it_under_the_same_id(self, hooks):
        with receiving(hanging(60), 204) as endpoint:
            webhook, secret = hooks.add(endpoint.url)
            event = a_seat_held()
            hooks.hear(event)
            sender = subprocess.Popen([sys.executable, "-c", SEND], cwd=ROOT, env=dict(os.environ))
            try:
                wait(lambda: endpoint.posts, what="the delivery to be under way", seconds=60)
            finally:
                sender.kill()
                sender.wait()
            left = hooks.delivery(webhook)
            assert (left.state, left.log) == ("sending", [])
            hooks.send()  # it is still leased to the dead one
            assert len(endpoint.posts) == 1
            hooks.send_again()

        assert endpoint.ids() == [str(event.event_id)] * 2
        for post in endpoint.posts:
            post.verify(secret)
        assert hooks.delivery(webhook).state == "delivered"

    def test_by_a_delivery_each_time_does_not_try_it_for_ever(self, hooks):
        with receiving(204) as endpoint:
            webhook, _ = hooks.add(endpoint.url)
            hooks.hear(a_seat_held())
            for _ in range(attempts_for("SeatHeld")):
                assert len(hooks.database.write(claim_parcels, limit=10, failing_limit=10)) == 1
                hooks.hasten()

            hooks.send()

        left = hooks.delivery(webhook)
        assert (left.state, left.next_attempt_at) == ("failed", None)
        assert [attempt.error for attempt in left.log] == ["its sender died before it could note an answer"]
        assert endpoint.posts == []

    def test_takes_what_it_had_in_hand_with_it_once_and_then_one_at_a_time(self, hooks):
        with receiving(204) as endpoint:
            hooks.add(endpoint.url)
            hooks.hear(*(a_seat_held() for _ in range(3)))
            assert len(hooks.database.write(claim_parcels, limit=10, failing_limit=10)) == 3
            hooks.hasten()

            assert len(hooks.database.write(claim_parcels, limit=10, failing_limit=10)) == 1
            hooks.send()  # the others, one after the other

        assert len(set(endpoint.ids())) == 2
