"""Tables of what is written to travellers: whom to, what happened, what was written, and what became of it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, Index, SmallInteger, String, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from common.columns import BigId, UtcDateTime, Word, exact
from notification_svc.domain.messages import Channel, Kind, State
from notification_svc.models.base import Base


class Itinerary(Base):
    """Who flies when and where, and how they are reached, as booking_svc told it last; personal, and pruned."""

    __tablename__ = "itinerary"

    reservation_id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    #: The body of the newest ItineraryRecorded.
    body: Mapped[dict[str, Any]] = mapped_column(JSON())
    #: When what stands here was true; an older event changes nothing.
    as_of: Mapped[datetime] = mapped_column(UtcDateTime())
    #: The last arrival; some time after it the row is forgotten.
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime(), index=True)


class Stop(Base):
    """A departure that a reservation is on: where to look when something happens to the departure."""

    __tablename__ = "stop"

    departure_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    reservation_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False, index=True)


class Fact(Base):
    """An event that concerns a reservation, as it was heard; what is to be written follows from all of them."""

    __tablename__ = "fact"

    reservation_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    event_id: Mapped[UUID] = mapped_column(Uuid(), primary_key=True)
    type: Mapped[str] = mapped_column(String(60))
    occurred_at: Mapped[datetime] = mapped_column(UtcDateTime())
    body: Mapped[dict[str, Any]] = mapped_column(JSON())
    heard_at: Mapped[datetime] = mapped_column(UtcDateTime(), index=True)


class Correspondence(Base):
    """A reservation that something was heard of, and when to look again whether something is to be written."""

    __tablename__ = "correspondence"

    reservation_id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    #: NULL when nothing is to be written until something is heard.
    look_at: Mapped[datetime | None] = mapped_column(UtcDateTime(), index=True)


class Message(Base):
    """
    One message to one recipient on one channel, because of one event; the log of what was written.

    What it says is rendered when it is sent, from `content`.
    """

    __tablename__ = "message"
    __table_args__ = (
        # Each message exactly once, whatever is delivered again. The reservation, because one event (a departure is
        # late) may concern two reservations of one person.
        UniqueConstraint("event_id", "reservation_id", "channel", "recipient"),
        Index("ix_message_next_attempt_at", "state", "next_attempt_at"),
        Index("ix_message_recipient", "recipient", "state"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    #: The public name, and what its Message-ID is made of.
    name: Mapped[str] = mapped_column(exact(24), unique=True)
    event_id: Mapped[UUID] = mapped_column(Uuid())
    reservation_id: Mapped[int] = mapped_column(BigInteger, index=True)
    locator: Mapped[str] = mapped_column(exact(6), index=True)
    correlation_id: Mapped[UUID] = mapped_column(Uuid())
    kind: Mapped[Kind] = mapped_column(Word(Kind, 20))
    channel: Mapped[Channel] = mapped_column(Word(Channel))
    recipient: Mapped[str] = mapped_column(exact(254))
    language: Mapped[str] = mapped_column(String(2))
    #: What it says; NULL once it may not be said again.
    content: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    state: Mapped[State] = mapped_column(Word(State))
    #: Whether what it says is forgotten as soon as it was said.
    secret: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime())
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0)
    #: How often an operator had it sent once more.
    redeliveries: Mapped[int] = mapped_column(SmallInteger, default=0)
    #: When it is due; NULL when it is over.
    next_attempt_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    #: Who sends it has it to himself until then.
    claimed_until: Mapped[datetime | None] = mapped_column(UtcDateTime())
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    #: What the other side said last, in words that name nobody.
    error: Mapped[str | None] = mapped_column(String(200))
