"""What an owner does with a webhook: make, look at, change, remove it, and give it a new secret."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select, true
from sqlalchemy.orm import Session

from common import audit
from common.auth import Caller, Role
from common.columns import now
from common.errors import NotAllowed
from common.sealing import seal
from notification_svc.domain.endpoints import read_endpoint
from notification_svc.domain.signing import new_secret
from notification_svc.domain.webhooks import (
    MOST_WEBHOOKS,
    OVERLAP_SECONDS,
    State,
    SwitchedOff,
    TooManyWebhooks,
    WebhookNotFound,
    check_events,
    new_webhook_id,
)
from notification_svc.models import Webhook

#: What webhooks' secrets are sealed for.
PURPOSE = "webhooks"


def add_webhook(
    session: Session,
    *,
    who: Caller,
    url: str,
    events: Sequence[str],
    description: str | None,
    private: bool,
) -> tuple[Webhook, str]:
    """
    Make a webhook; return it and its secret, which is never shown again.

    `private` tells whether it may point into this machine and private networks.

    :raises EndpointRefused: if nothing is sent to such a URL
    :raises EventsRefused: if an event does not exist, or `who` may not see it
    :raises TooManyWebhooks: if `who` has as many as one may have
    :raises NotAllowed: if `who` is an agent of no airline
    """
    airline = _airline(who)
    read_endpoint(url, private=private)
    wanted = check_events(events, airline=airline)
    had = session.scalar(select(func.count()).select_from(Webhook).where(Webhook.owner == who.name, _there())) or 0
    if had >= MOST_WEBHOOKS:
        raise TooManyWebhooks(f"You have {had} webhooks, as many as one may have. Remove one, or give one more events.")
    secret = new_secret()
    webhook = Webhook(
        webhook_id=new_webhook_id(),
        owner=who.name,
        airline=airline,
        url=url,
        events=wanted,
        description=description,
        secret=seal(secret, purpose=PURPOSE),
        state=State.ENABLED,
        created_at=now(),
    )
    session.add(webhook)
    session.flush()
    session.refresh(webhook)  # for the time the database set
    return webhook, secret


def find_webhook(session: Session, *, who: Caller, webhook_id: str) -> Webhook:
    """
    Return a webhook of this owner; operators see everybody's.

    :raises WebhookNotFound: if there is none, or it is somebody else's
    """
    return _one(session, select(Webhook), who=who, webhook_id=webhook_id)


def list_webhooks(session: Session, *, who: Caller, first: int, count: int) -> tuple[Sequence[Webhook], int]:
    """Return webhooks of this owner, or everybody's for operators, oldest first, and how many there are in all."""
    total = session.scalar(select(func.count()).select_from(Webhook).where(_seen_by(who), _there())) or 0
    page = select(Webhook).where(_seen_by(who), _there()).order_by(Webhook.id).offset(first).limit(count)
    return session.scalars(page).all(), total


def change_webhook(
    session: Session,
    *,
    who: Caller,
    webhook_id: str,
    correlation_id: UUID,
    changes: dict[str, Any],
    private: bool,
) -> Webhook:
    """
    Change `url`, `events` or `description` of a webhook, or switch it on or off (`enabled`).

    Switched on again, it is given the full patience, and what waits for it is sent.

    :raises WebhookNotFound: if there is none, or it is somebody else's
    :raises EndpointRefused: as `add_webhook`
    :raises EventsRefused: as `add_webhook`
    """
    webhook = lock_webhook(session, who=who, webhook_id=webhook_id)
    if "url" in changes:
        read_endpoint(changes["url"], private=private)
        webhook.url = changes["url"]
        webhook.failing_since = None  # that was another receiver
    if "events" in changes:
        webhook.events = check_events(changes["events"], airline=webhook.airline)
    if "description" in changes:
        webhook.description = changes["description"]
    if changes.get("enabled") is True and webhook.state is not State.ENABLED:
        webhook.state, webhook.disabled_reason, webhook.disabled_at = State.ENABLED, None, None
        webhook.failing_since = None
    elif changes.get("enabled") is False and webhook.state is not State.DISABLED:
        webhook.state, webhook.disabled_reason = State.DISABLED, SwitchedOff.BY_OWNER
        webhook.disabled_at = now()
    _note(session, webhook, who=who, act="change webhook", correlation_id=correlation_id, changed=sorted(changes))
    session.flush()
    session.refresh(webhook)
    return webhook


def remove_webhook(session: Session, *, who: Caller, webhook_id: str, correlation_id: UUID) -> None:
    """
    Remove a webhook: nothing more is sent from now on; its deliveries are forgotten by a sweep.

    :raises WebhookNotFound: if there is none, or it is somebody else's
    """
    webhook = lock_webhook(session, who=who, webhook_id=webhook_id)
    webhook.removed_at, webhook.state = now(), State.DISABLED
    webhook.secret, webhook.old_secret = "", None
    _note(session, webhook, who=who, act="remove webhook", correlation_id=correlation_id)


def rotate_secret(session: Session, *, who: Caller, webhook_id: str, correlation_id: UUID) -> tuple[Webhook, str]:
    """
    Give a webhook a new secret and return both; the one before signs beside it for a day, one before that no more.

    :raises WebhookNotFound: if there is none, or it is somebody else's
    """
    webhook = lock_webhook(session, who=who, webhook_id=webhook_id)
    secret = new_secret()
    webhook.old_secret, webhook.secret = webhook.secret, seal(secret, purpose=PURPOSE)
    webhook.old_secret_until = now(seconds=OVERLAP_SECONDS)
    _note(session, webhook, who=who, act="rotate secret of webhook", correlation_id=correlation_id)
    session.flush()
    session.refresh(webhook)
    return webhook, secret


def lock_webhook(session: Session, *, who: Caller, webhook_id: str) -> Webhook:
    """
    Return a webhook of this owner, which nobody else changes until the transaction ends.

    :raises WebhookNotFound: if there is none, or it is somebody else's
    """
    return _one(session, select(Webhook).with_for_update(), who=who, webhook_id=webhook_id)


def _one(session: Session, query: Select[Webhook], *, who: Caller, webhook_id: str) -> Webhook:
    webhook = session.scalar(query.where(Webhook.webhook_id == webhook_id, _seen_by(who), _there()))
    if webhook is None:
        raise WebhookNotFound("There is no such webhook, or it is not yours.")
    return webhook


def _airline(who: Caller) -> str | None:
    """Return the airline whose events alone `who` may see, None for all."""
    if who.role is Role.AGENT and who.airline is None:
        raise NotAllowed("An agent hears the events of their airline, and it is not known which that is.")
    return who.airline


def _seen_by(who: Caller) -> ColumnElement[bool]:
    # Operators run the system: they see what is switched off, whoever owns it.
    return true() if who.role in {Role.OPERATOR, Role.ADMIN} else Webhook.owner == who.name


def _there() -> ColumnElement[bool]:
    return Webhook.removed_at.is_(None)


def _note(session: Session, webhook: Webhook, *, who: Caller, act: str, correlation_id: UUID, **detail: Any) -> None:
    """Put into the audit log what was done to somebody else's webhook."""
    if webhook.owner != who.name:
        audit.record(
            session,
            by=who,
            act=act,
            subject=f"webhook {webhook.webhook_id}",
            correlation_id=correlation_id,
            **detail,
        )
