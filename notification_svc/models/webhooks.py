"""Tables of webhooks: who hears what where, what is to be delivered, and how each attempt ended."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, SmallInteger, String, Text, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column, relationship

from common.columns import BigId, UtcDateTime, Word, exact
from notification_svc.domain.endpoints import LONGEST_URL
from notification_svc.domain.webhooks import LONGEST_DESCRIPTION, DeliveryState, State, SwitchedOff
from notification_svc.models.base import Base


class Webhook(Base):
    """One integrator's subscription: which events go to which URL."""

    __tablename__ = "webhook"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    #: The public name.
    webhook_id: Mapped[str] = mapped_column(exact(30), unique=True)
    #: The name of the caller who made it.
    owner: Mapped[str] = mapped_column(exact(80), index=True)
    #: The airline whose events its owner may see; NULL for all.
    airline: Mapped[str | None] = mapped_column(String(3))
    url: Mapped[str] = mapped_column(String(LONGEST_URL))
    events: Mapped[list[str]] = mapped_column(JSON())
    description: Mapped[str | None] = mapped_column(String(LONGEST_DESCRIPTION))
    #: Sealed, as the old one is, which signs beside it until `old_secret_until`.
    secret: Mapped[str] = mapped_column(Text())
    old_secret: Mapped[str | None] = mapped_column(Text())
    old_secret_until: Mapped[datetime | None] = mapped_column(UtcDateTime())
    state: Mapped[State] = mapped_column(Word(State))
    disabled_reason: Mapped[SwitchedOff | None] = mapped_column(Word(SwitchedOff))
    disabled_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    created_at: Mapped[datetime] = mapped_column(UtcDateTime())
    #: Since when every attempt has failed; NULL while the newest one succeeded.
    failing_since: Mapped[datetime | None] = mapped_column(UtcDateTime())
    #: It is gone for everybody; a sweep removes what is left of it.
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime(), index=True)


class Delivery(Base):
    """
    One event on its way to one webhook.

    `webhook_key` is `Webhook.id` without a foreign key on purpose: with one, every event that is heard would lock the
    rows of the webhooks it goes to, and those who send skip locked webhooks.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        # Each event once to each webhook, whatever is heard again; its deliveries are found by it too.
        UniqueConstraint("webhook_key", "event_id"),
        Index("ix_delivery_webhook_key_next_attempt_at", "webhook_key", "next_attempt_at"),
        Index("ix_delivery_webhook_key_state", "webhook_key", "state"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    #: The public name.
    delivery_id: Mapped[str] = mapped_column(exact(30), unique=True)
    webhook_key: Mapped[int] = mapped_column(BigInteger)
    #: The event's, and the `webhook-id` of every attempt.
    event_id: Mapped[UUID] = mapped_column(Uuid())
    correlation_id: Mapped[UUID] = mapped_column(Uuid())
    type: Mapped[str] = mapped_column(String(60))
    #: What is sent, to the letter.
    body: Mapped[str] = mapped_column(Text())
    state: Mapped[DeliveryState] = mapped_column(Word(DeliveryState))
    #: How often it was tried since it was last asked for.
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime(), index=True)
    #: When it is due, or until when whoever sends it has it to himself; NULL when it is over.
    next_attempt_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    delivered_at: Mapped[datetime | None] = mapped_column(UtcDateTime())

    log: Mapped[list["Attempt"]] = relationship(order_by="Attempt.id", lazy="raise")


class Attempt(Base):
    """How one attempt at a delivery ended."""

    __tablename__ = "delivery_attempt"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    delivery_key: Mapped[int] = mapped_column(ForeignKey("delivery.id"), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime())
    milliseconds: Mapped[int]
    #: The HTTP status; NULL if there was no answer.
    status: Mapped[int | None] = mapped_column(SmallInteger)
    #: Why there was none.
    error: Mapped[str | None] = mapped_column(String(200))
    #: The beginning of the answer's body.
    answer: Mapped[str] = mapped_column(Text())
