"""Taking up deliveries that are due: by one sender each, and so that no webhook takes the place of another."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, func, select, update
from sqlalchemy.orm import Session

from common.columns import now
from notification_svc.domain.webhooks import DeliveryState, State
from notification_svc.models import Delivery, Webhook

#: How many attempts at one webhook may be under way at once, over all senders; and while it fails: somebody who does
#: not answer is asked by one.
AT_ONCE_PER_WEBHOOK = 4
AT_ONCE_WHILE_FAILING = 1
#: For so long a sender has what it took up to itself, and up to half as long again. Longer than an attempt can take, so
#: that nothing is sent twice at once; what a sender that died had in hand is due again afterwards, and not all at one
#: moment: what it died of should not take the same neighbours with it each time.
LEASE_SECONDS = 30.0

_HAS_DUE = exists().where(Delivery.webhook_key == Webhook.id, Delivery.next_attempt_at <= now())
_TAKES = (Webhook.state == State.ENABLED, Webhook.removed_at.is_(None))
#: Has a row while there is a delivery to be sent now.
DUE = select(Webhook.id).where(*_TAKES, _HAS_DUE).limit(1)


@dataclass(frozen=True, kw_only=True)
class Parcel:
    """A delivery in a sender's hands. `attempt` tells this time from others; `secrets` are sealed, the newest first."""

    delivery_key: int
    webhook_key: int
    webhook_id: str
    event_id: UUID
    correlation_id: UUID
    type: str
    attempt: int
    at: datetime
    url: str
    secrets: tuple[str, ...]
    body: str
    failing: bool


def claim_parcels(session: Session, *, limit: int, failing_limit: int) -> list[Parcel]:
    """
    Take up at most `limit` deliveries that are due, of failing webhooks at most `failing_limit`.

    Two who claim at once share what is due. Healthy webhooks come first, and chance decides among them, so that none is
    behind another for ever.
    """
    failing_too = select(Webhook.id, Webhook.failing_since.is_not(None).label("failing"))
    waiting = list(session.execute(failing_too.where(*_TAKES, _HAS_DUE)))
    random.shuffle(waiting)
    parcels: list[Parcel] = []
    for key, failing in sorted(waiting, key=lambda row: bool(row.failing)):
        room = limit - len(parcels)
        if failing:
            room = min(room, failing_limit - sum(parcel.failing for parcel in parcels))
        if room > 0:
            parcels += _claim_of(session, key, room)
    return parcels


def _claim_of(session: Session, webhook_key: int, room: int) -> list[Parcel]:
    # Locked, so that two senders together keep to the webhook's limit too.
    webhook = session.scalar(
        select(Webhook)
        .where(Webhook.id == webhook_key, Webhook.state == State.ENABLED, Webhook.removed_at.is_(None))
        .with_for_update(skip_locked=True)
    )
    if webhook is None:
        return []
    failing = webhook.failing_since is not None
    at_once = AT_ONCE_WHILE_FAILING if failing else AT_ONCE_PER_WEBHOOK
    under_way = select(func.count()).where(
        Delivery.webhook_key == webhook_key,
        Delivery.state == DeliveryState.SENDING,
        Delivery.next_attempt_at > now(),
    )
    room = min(room, at_once - (session.scalar(under_way) or 0))
    if room <= 0:
        return []
    due = session.scalars(
        select(Delivery)
        .where(Delivery.webhook_key == webhook_key, Delivery.next_attempt_at <= now())
        .order_by(Delivery.next_attempt_at)
        .limit(room)
        .with_for_update(skip_locked=True)
    ).all()
    if not due:
        return []
    # Its sender died: it goes alone.
    left_behind = [delivery for delivery in due if delivery.state is DeliveryState.SENDING]
    due = left_behind[:1] or due
    lease = now(seconds=LEASE_SECONDS * random.uniform(1.0, 1.5))
    session.execute(
        update(Delivery)
        .where(Delivery.id.in_([delivery.id for delivery in due]))
        .values(state=DeliveryState.SENDING, attempts=Delivery.attempts + 1, next_attempt_at=lease)
        .execution_options(synchronize_session=False)
    )
    return _parcels(session, webhook, due, failing=failing)


def _parcels(session: Session, webhook: Webhook, due: Sequence[Delivery], *, failing: bool) -> list[Parcel]:
    at: datetime = session.scalars(select(now())).one()
    secrets = [webhook.secret]
    if webhook.old_secret and webhook.old_secret_until and webhook.old_secret_until > at:
        secrets.append(webhook.old_secret)
    return [
        Parcel(
            delivery_key=delivery.id,
            webhook_key=webhook.id,
            webhook_id=webhook.webhook_id,
            event_id=delivery.event_id,
            correlation_id=delivery.correlation_id,
            type=delivery.type,
            attempt=delivery.attempts + 1,
            at=at,
            url=webhook.url,
            secrets=tuple(secrets),
            body=delivery.body,
            failing=failing,
        )
        for delivery in due
    ]
