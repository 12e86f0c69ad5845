"""The deliveries of a webhook: what its owner sees of them, sends once more, and what is forgotten when."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID, uuid4

from sqlalchemy import delete as delete_from
from sqlalchemy import exists, func, insert, select
from sqlalchemy.orm import Session, selectinload

from common.auth import Caller
from common.columns import now
from notification_svc.domain.webhooks import (
    PING,
    DeliveryState,
    State,
    WebhookDisabled,
    WebhookNotFound,
    ping,
)
from notification_svc.models import Attempt, Delivery, Webhook
from notification_svc.service.webhooks.hearing import delivery
from notification_svc.service.webhooks.owning import find_webhook, lock_webhook

#: How long deliveries are kept: long enough to be looked up in the month after, and to be sent once more.
KEEP = timedelta(days=30)


def list_deliveries(
    session: Session,
    *,
    who: Caller,
    webhook_id: str,
    state: DeliveryState | None,
    first: int,
    count: int,
) -> tuple[Sequence[Delivery], int]:
    """
    Return deliveries of a webhook with their attempts, newest first, and how many there are; of one state if given.

    :raises WebhookNotFound: if there is no such webhook, or it is somebody else's
    """
    webhook = find_webhook(session, who=who, webhook_id=webhook_id)
    wanted = [Delivery.webhook_key == webhook.id, *([] if state is None else [Delivery.state == state])]
    total = session.scalar(select(func.count()).select_from(Delivery).where(*wanted)) or 0
    page = select(Delivery).where(*wanted).order_by(Delivery.id.desc()).offset(first).limit(count)
    return session.scalars(page.options(selectinload(Delivery.log))).all(), total


def redeliver(session: Session, *, who: Caller, webhook_id: str, delivery_id: str) -> Delivery:
    """
    Have a delivery sent now, with all of its attempts before it; one that is being sent is left as it is.

    :raises WebhookNotFound: if there is no such webhook or delivery, or it is somebody else's
    :raises WebhookDisabled: if the webhook is switched off
    """
    webhook = _switched_on(session, who=who, webhook_id=webhook_id)
    found = session.scalar(
        select(Delivery)
        .where(Delivery.webhook_key == webhook.id, Delivery.delivery_id == delivery_id)
        .options(selectinload(Delivery.log))
        .with_for_update()
    )
    if found is None:
        raise WebhookNotFound("There is no such delivery, or it is not yours.")
    if found.state is not DeliveryState.SENDING:
        found.state, found.attempts, found.delivered_at = DeliveryState.PENDING, 0, None
        found.next_attempt_at = now()
        session.flush()
        session.refresh(found, ["next_attempt_at"])
    return found


def send_test(session: Session, *, who: Caller, webhook_id: str, correlation_id: UUID) -> Delivery:
    """
    Have a test delivered, once, whatever events the webhook hears.

    :raises WebhookNotFound: if there is no such webhook, or it is somebody else's
    :raises WebhookDisabled: if the webhook is switched off
    """
    webhook = _switched_on(session, who=who, webhook_id=webhook_id)
    event_id = uuid4()
    body = ping(
        event_id=event_id,
        correlation_id=correlation_id,
        webhook_id=webhook_id,
        occurred_at=session.scalar(select(now())),
    )
    row = delivery(webhook, event_id=event_id, correlation_id=correlation_id, type=PING, body=body)
    session.execute(insert(Delivery).values(**row, created_at=now(), next_attempt_at=now()))
    made = select(Delivery).where(Delivery.delivery_id == row["delivery_id"]).options(selectinload(Delivery.log))
    return session.scalars(made).one()


def prune(session: Session, *, keep: timedelta, limit: int) -> int:
    """Forget at most `limit` deliveries that are older than `keep` or whose webhook was removed; return how many."""
    orphaned = exists().where(Webhook.id == Delivery.webhook_key, Webhook.removed_at.is_not(None))
    old = Delivery.created_at < now(seconds=-keep.total_seconds())
    keys: list[int] = []
    # One after the other, because each has its index, and both together have none.
    for reason in (old, orphaned):
        keys += session.scalars(select(Delivery.id).where(reason).limit(limit - len(keys))).all()
    session.execute(delete_from(Attempt).where(Attempt.delivery_key.in_(keys)))
    session.execute(delete_from(Delivery).where(Delivery.id.in_(keys)))
    left = exists().where(Delivery.webhook_key == Webhook.id)
    session.execute(delete_from(Webhook).where(Webhook.removed_at.is_not(None), ~left))
    return len(keys)


def _switched_on(session: Session, *, who: Caller, webhook_id: str) -> Webhook:
    webhook = lock_webhook(session, who=who, webhook_id=webhook_id)
    if webhook.state is not State.ENABLED:
        raise WebhookDisabled('This webhook is switched off. Switch it on first: PATCH it with {"enabled": true}.')
    return webhook
