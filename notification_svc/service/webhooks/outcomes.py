"""How an attempt ended: the delivery is over or tried again later, and a webhook that only fails is switched off."""

import logging
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from common import audit, journal
from common.auth import Caller, Role
from common.columns import now
from notification_svc.domain.webhooks import (
    PATIENCE_SECONDS,
    DeliveryState,
    State,
    SwitchedOff,
    attempts_for,
    is_gone,
    pause_seconds,
    succeeded,
)
from notification_svc.models import Attempt, Delivery, Webhook
from notification_svc.provider.receiver import Answer
from notification_svc.service.webhooks.claiming import Parcel

log = logging.getLogger(__name__)

_LONGEST_ERROR = 200


def note_outcome(session: Session, *, parcel: Parcel, answer: Answer) -> None:
    """
    Note how an attempt ended.

    Late news of an attempt that somebody else has repeated meanwhile changes nothing, unless it is that it arrived.
    """
    # The webhook before the delivery, as those who claim do: two orders would lock each other out.
    webhook = session.scalar(select(Webhook).where(Webhook.id == parcel.webhook_key).with_for_update())
    delivery = session.scalar(select(Delivery).where(Delivery.id == parcel.delivery_key).with_for_update())
    if webhook is None or delivery is None:
        return  # both were removed while it was on its way
    session.execute(
        insert(Attempt).values(
            delivery_key=delivery.id,
            at=parcel.at,
            milliseconds=answer.milliseconds,
            status=answer.status,
            error=answer.error[:_LONGEST_ERROR] if answer.error else None,
            answer=answer.text,
        )
    )
    if succeeded(answer.status):
        webhook.failing_since = None
        if delivery.state is not DeliveryState.DELIVERED:
            _end(session, parcel, delivery, DeliveryState.DELIVERED, answer)
        return
    if webhook.failing_since is None:
        webhook.failing_since = now()
        session.flush()  # so that what follows compares with the time the database set
    if delivery.state is DeliveryState.SENDING and delivery.attempts == parcel.attempt:
        _fail(session, parcel, delivery, answer)
    if is_gone(answer.status):
        _switch_off(session, parcel, reason=SwitchedOff.GONE)
    else:
        _switch_off(session, parcel, reason=SwitchedOff.FAILING, failing_seconds=PATIENCE_SECONDS)


def _fail(session: Session, parcel: Parcel, delivery: Delivery, answer: Answer) -> None:
    if parcel.attempt >= attempts_for(delivery.type):
        _end(session, parcel, delivery, DeliveryState.FAILED, answer)
        return
    delivery.state = DeliveryState.PENDING
    delivery.next_attempt_at = now(seconds=pause_seconds(parcel.attempt))


def _end(session: Session, parcel: Parcel, delivery: Delivery, state: DeliveryState, answer: Answer) -> None:
    delivery.state, delivery.next_attempt_at = state, None
    if state is DeliveryState.DELIVERED:
        delivery.delivered_at = now()
    journal.record(
        session,
        correlation_id=parcel.correlation_id,
        kind="act",
        name="deliver webhook",
        webhookId=parcel.webhook_id,
        type=parcel.type,
        state=state,
        status=answer.status,
    )


def _switch_off(session: Session, parcel: Parcel, *, reason: SwitchedOff, failing_seconds: float = 0.0) -> None:
    """Switch the webhook off if it is on and has only failed for so long, and leave operators a notice."""
    switched = (
        update(Webhook)
        .where(
            Webhook.id == parcel.webhook_key,
            Webhook.state == State.ENABLED,
            Webhook.failing_since <= now(seconds=-failing_seconds),
        )
        .values(state=State.DISABLED, disabled_reason=reason, disabled_at=now())
        .execution_options(synchronize_session=False)
    )
    result: Any = session.execute(switched)
    if result.rowcount:
        log.warning("webhook %s is switched off: %s", parcel.webhook_id, reason)
        audit.record(
            session,
            by=Caller(name="notification_svc", role=Role.SERVICE),
            act="switch webhook off",
            subject=f"webhook {parcel.webhook_id}",
            correlation_id=parcel.correlation_id,
            reason=reason,
        )
