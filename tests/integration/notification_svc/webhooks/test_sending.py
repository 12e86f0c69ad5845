"""Deliveries over real HTTP to receivers that fail, hang, redirect, are gone or are just fine."""

import time
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from common.audit import audit_entry
from common.columns import now
from notification_svc.domain.webhooks import attempts_for
from notification_svc.service.webhooks import owning
from tests.builders import a_confirmed, a_seat_held
from tests.integration.notification_svc.webhooks.hooks import ADA, TRACE
from tests.integration.notification_svc.webhooks.receiver import hanging, receiving, redirecting, talking
from tests.together import together


class TestADelivery:
    def test_arrives_signed_with_the_event_as_it_was_on_the_wire(self, hooks):
        with receiving() as endpoint:
            _, secret = hooks.add(endpoint.url)
            event = a_seat_held()
            hooks.hear(event)
            hooks.send()

        (post,) = endpoint.posts
        assert (post.path, post.message_id) == ("/in", str(event.event_id))
        assert post.verify(secret)["eventId"] == str(event.event_id)
        assert (post.body["type"], post.body["seatNumber"], post.body["airline"]) == ("SeatHeld", "12A", "AA")
        assert post.headers["content-type"] == "application/json"

    def test_is_made_for_each_webhook_that_wants_the_event_and_for_no_other(self, hooks):
        with receiving() as seats, receiving() as reservations:
            hooks.add(seats.url, "SeatHeld")
            hooks.add(reservations.url, "ReservationConfirmed", "SeatHeld")
            held, confirmed = a_seat_held(), a_confirmed()
            hooks.hear(held)
            hooks.hear(confirmed)
            hooks.send()

        assert seats.ids() == [str(held.event_id)]
        assert sorted(reservations.ids()) == sorted([str(held.event_id), str(confirmed.event_id)])

    def test_is_tried_again_later_under_the_same_id_until_it_arrives(self, hooks):
        with receiving(500, 503, 400) as endpoint:
            webhook, secret = hooks.add(endpoint.url)
            hooks.hear(a_seat_held())
            hooks.send()
            waiting = hooks.delivery(webhook)
            assert (waiting.state, waiting.attempts) == ("pending", 1)
            assert 4 < (waiting.next_attempt_at - waiting.created_at).total_seconds() < 8
            hooks.send()  # nothing is due yet
            assert len(endpoint.posts) == 1
            for _ in range(3):
                hooks.send_again()

        assert len(set(endpoint.ids())) == 1
        assert [endpoint.posts[0].content] * 4 == [post.content for post in endpoint.posts]
        for post in endpoint.posts:
            post.verify(secret)
        delivered = hooks.delivery(webhook)
        assert (delivered.state, delivered.next_attempt_at) == ("delivered", None)
        assert [attempt.status for attempt in delivered.log] == [500, 503, 400, 204]
        assert hooks.webhook(webhook).failing_since is None

    def test_is_given_up_when_no_attempt_is_left(self, hooks):
        with receiving(*[500] * 20) as endpoint:
            webhook, _ = hooks.add(endpoint.url)
            hooks.hear(a_seat_held())
            for _ in range(12):
                hooks.send_again()

        assert len(endpoint.posts) == attempts_for("SeatHeld") == 10
        assert (hooks.delivery(webhook).state, hooks.webhook(webhook).state) == ("failed", "enabled")

    def test_that_nobody_listens_to_says_so_in_its_log(self, hooks):
        with receiving() as endpoint:
            url = endpoint.url
        webhook, _ = hooks.add(url)
        hooks.hear(a_seat_held())
        hooks.send()

        (attempt,) = hooks.delivery(webhook).log
        assert attempt.status is None
        assert attempt.error.startswith("ConnectError")

    def test_is_not_redirected(self, hooks):
        with receiving() as elsewhere, receiving(redirecting(elsewhere.url)) as endpoint:
            webhook, _ = hooks.add(endpoint.url)
            hooks.hear(a_seat_held())
            hooks.send()

        assert elsewhere.posts == []
        assert ([attempt.status for attempt in hooks.delivery(webhook).log], hooks.delivery(webhook).state) == (
            [307],
            "pending",
        )

    def test_that_is_not_answered_in_time_counts_as_failed(self, hooks):
        with receiving(hanging(3)) as endpoint:
            webhook, _ = hooks.add(endpoint.url)
            hooks.hear(a_seat_held())
            hooks.send()

            (attempt,) = hooks.delivery(webhook).log
            assert (attempt.status, attempt.error) == (None, "no answer within 2 s")

    def test_keeps_only_the_beginning_of_a_long_answer(self, hooks):
        with receiving(talking(b"\0thanks " + b"x" * 5_000_000)) as endpoint:
            webhook, _ = hooks.add(endpoint.url)
            hooks.hear(a_seat_held())
            hooks.send()

        (attempt,) = hooks.delivery(webhook).log
        assert (attempt.status, len(attempt.answer)) == (200, 1000)
        assert attempt.answer.startswith("\N{REPLACEMENT CHARACTER}thanks ")


class TestASlowReceiver:
    def test_holds_up_no_other(self, hooks):
        with receiving(*[hanging(1.5)] * 8) as slow, receiving() as quick:
            hooks.add(slow.url)
            hooks.add(quick.url)
            hooks.hear(*(a_seat_held() for _ in range(8)))
            began = time.monotonic()

            def arrive():
                while len(quick.posts) < 8:
                    assert time.monotonic() - began < 1.4, "the quick one waited for the slow one"
                    time.sleep(0.02)

            together(hooks.send, arrive)

        assert len(slow.posts) == 8
        assert 1 < slow.most_at_once <= 4

    def test_that_fails_is_asked_by_one_at_a_time(self, hooks):
        with receiving(*[hanging(0.2, 500)] * 4) as endpoint:
            webhook, _ = hooks.add(endpoint.url)
            hooks.set(webhook, failing_since=now(seconds=-60))
            hooks.hear(*(a_seat_held() for _ in range(4)))
            hooks.send()
            assert endpoint.most_at_once == 1


class TestTwoSenders:
    def test_share_what_is_due_and_keep_to_the_limit_of_a_webhook_together(self, hooks):
        with receiving(*[hanging(0.05)] * 40) as endpoint:
            webhook, _ = hooks.add(endpoint.url)
            hooks.hear(*(a_seat_held() for _ in range(40)))
            together(hooks.send, hooks.send)

        assert len(endpoint.posts) == len(set(endpoint.ids())) == 40
        assert endpoint.most_at_once <= 4
        assert {delivery.state for delivery in hooks.deliveries(webhook)} == {"delivered"}


class TestARotatedSecret:
    def test_signs_beside_the_one_before_for_a_day(self, hooks):
        with receiving() as endpoint:
            webhook, old = hooks.add(endpoint.url)
            rotated, new = hooks.database.write(
                owning.rotate_secret, who=ADA, webhook_id=webhook.webhook_id, correlation_id=TRACE
            )
            assert timedelta(hours=23) < rotated.old_secret_until - rotated.created_at < timedelta(hours=25)
            hooks.hear(a_seat_held())
            hooks.send()
            hooks.set(webhook, old_secret_until=now(seconds=-1))
            hooks.hear(a_seat_held())
            hooks.send()

        during, after = endpoint.posts
        for secret in (old, new):
            during.verify(secret)
        after.verify(new)
        with pytest.raises(Exception, match="No matching signature"):
            after.verify(old)

    def test_is_in_no_table_as_it_is(self, hooks):
        webhook, secret = hooks.add("http://127.0.0.1:9/")

        assert secret.removeprefix("whsec_") not in str(vars(hooks.webhook(webhook)))


class TestAWebhookIsSwitchedOff:
    def test_at_once_when_its_receiver_is_gone(self, hooks):
        with receiving(410) as endpoint:
            webhook, _ = hooks.add(endpoint.url)
            hooks.hear(a_seat_held(), a_seat_held(), a_seat_held(), a_seat_held(), a_seat_held(), a_seat_held())
            hooks.send()
            sent = len(endpoint.posts)
            hooks.send_again()

        off = hooks.webhook(webhook)
        assert (off.state, off.disabled_reason) == ("disabled", "gone")
        assert off.disabled_at is not None
        assert len(endpoint.posts) == sent <= 5

    def test_after_days_of_nothing_but_failure_with_a_notice_for_operators(self, hooks):
        with receiving(500, 500) as endpoint:
            webhook, _ = hooks.add(endpoint.url)
            hooks.hear(a_seat_held())
            hooks.send()
            assert hooks.webhook(webhook).state == "enabled"
            hooks.set(webhook, failing_since=now(seconds=-5 * 24 * 3600 - 1))
            hooks.send_again()

        off = hooks.webhook(webhook)
        assert (off.state, off.disabled_reason) == ("disabled", "failing")
        (notice,) = hooks.database.read(lambda session: session.execute(select(audit_entry)).all())
        assert (notice.act, notice.reason) == ("switch webhook off", "failing")
        assert notice.subject == f"webhook {webhook.webhook_id}"

    def test_and_what_waited_is_sent_when_it_is_switched_on_again(self, hooks):
        with receiving(410) as endpoint:
            webhook, _ = hooks.add(endpoint.url)
            event = a_seat_held()
            hooks.hear(event)
            hooks.send()
            hooks.hear(a_seat_held())  # while it is off, nothing is put down for it
            hooks.change(webhook, enabled=True)
            hooks.send_again()

        assert endpoint.ids() == [str(event.event_id)] * 2
        assert hooks.delivery(webhook).state == "delivered"
        assert hooks.webhook(webhook).disabled_reason is None

    def test_never_while_attempts_succeed_now_and_then(self, hooks):
        with receiving(500, 204, 500) as endpoint:
            webhook, _ = hooks.add(endpoint.url)
            hooks.hear(a_seat_held())
            hooks.send()
            hooks.set(webhook, failing_since=now(seconds=-4 * 24 * 3600))
            hooks.send_again()
            assert hooks.webhook(webhook).failing_since is None
            hooks.hear(a_seat_held())
            hooks.send_again()

            assert hooks.webhook(webhook).state == "enabled"


class TestHearing:
    def test_the_same_event_again_makes_no_second_delivery(self, hooks):
        with receiving() as endpoint:
            hooks.add(endpoint.url)
            event = a_seat_held(event_id=uuid4())
            hooks.hear(event)
            with pytest.raises(Exception, match="uq_delivery_webhook_key_event_id"):
                hooks.hear(event)  # the inbox never lets it come so far; if it did, the table would not
            hooks.send()

        assert len(endpoint.posts) == 1
