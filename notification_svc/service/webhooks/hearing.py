"""Hearing events: each becomes one delivery for each webhook that wants it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from common import codec
from common.columns import now
from common.consumer import whole_batches
from common.messages import Event
from notification_svc.domain.webhooks import DeliveryState, State, new_delivery_id, wants
from notification_svc.models import Delivery, Webhook


@whole_batches
def plan_deliveries(session: Session, events: Sequence[Event]) -> None:
    """Put a delivery of each event down for each webhook that is switched on and wants it, to be sent soon."""
    if not events:
        return
    webhooks = session.scalars(
        select(Webhook).where(Webhook.state == State.ENABLED, Webhook.removed_at.is_(None))
    ).all()
    rows = [
        delivery(
            webhook,
            event_id=event.event_id,
            correlation_id=event.correlation_id,
            type=type(event).__name__,
            body=event.to_wire(),
        )
        for event in events
        for webhook in webhooks
        if wants(event, events=webhook.events, airline=webhook.airline)
    ]
    if rows:
        session.execute(insert(Delivery).values(created_at=now(), next_attempt_at=now()), rows)


def delivery(
    webhook: Webhook, *, event_id: UUID, correlation_id: UUID, type: str, body: dict[str, Any]
) -> dict[str, Any]:
    """Return the columns of a new delivery, except its times, which are the database's."""
    return {
        "delivery_id": new_delivery_id(),
        "webhook_key": webhook.id,
        "event_id": event_id,
        "correlation_id": correlation_id,
        "type": type,
        # As a text, so that what is sent again is what was sent before, to the letter.
        "body": codec.dumps(body),
        "state": DeliveryState.PENDING,
        "attempts": 0,
    }
