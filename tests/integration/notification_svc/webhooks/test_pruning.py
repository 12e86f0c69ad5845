"""Deliveries are forgotten after a month, and those of a removed webhook at once."""

from datetime import timedelta

from sqlalchemy import func, select, update

from common.columns import now
from notification_svc.models import Attempt, Delivery, Webhook
from notification_svc.service.webhooks import logbook, owning
from tests.builders import a_seat_held
from tests.integration.notification_svc.webhooks.hooks import ADA, TRACE, Hooks
from tests.integration.notification_svc.webhooks.receiver import receiving

MONTH = timedelta(days=30)


def prune(hooks: Hooks, *, limit: int = 100) -> int:
    return hooks.database.write(logbook.prune, keep=MONTH, limit=limit)


def count(hooks: Hooks, table: type) -> int:
    return hooks.database.read(lambda session: session.scalar(select(func.count()).select_from(table)))


class TestPrune:
    def test_forgets_old_deliveries_with_their_attempts_a_batch_at_a_time(self, hooks):
        with receiving() as endpoint:
            hooks.add(endpoint.url)
            hooks.hear(*(a_seat_held() for _ in range(3)))
            hooks.send()
            old = update(Delivery).values(created_at=now(seconds=-31 * 24 * 3600))
            hooks.database.write(lambda session: session.execute(old) and None)
            hooks.hear(a_seat_held())

        assert [prune(hooks, limit=2) for _ in range(3)] == [2, 1, 0]
        assert (count(hooks, Delivery), count(hooks, Attempt), count(hooks, Webhook)) == (1, 0, 1)

    def test_forgets_all_of_a_removed_webhook_and_nothing_of_others(self, hooks):
        with receiving() as endpoint:
            removed, _ = hooks.add(endpoint.url)
            hooks.add(endpoint.url)
            hooks.hear(a_seat_held())
            hooks.send()
        hooks.database.write(owning.remove_webhook, who=ADA, webhook_id=removed.webhook_id, correlation_id=TRACE)

        prune(hooks)

        assert (count(hooks, Delivery), count(hooks, Attempt), count(hooks, Webhook)) == (1, 1, 1)
