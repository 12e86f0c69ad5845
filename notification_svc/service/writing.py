"""Writing rows of the message log; sending them is another step."""

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from common.columns import now
from notification_svc.domain.messages import Channel, Kind, State, new_name
from notification_svc.models import Message


def write(
    session: Session,
    *,
    event_id: UUID,
    reservation_id: int,
    locator: str,
    correlation_id: UUID,
    kind: Kind,
    channel: Channel,
    recipient: str,
    language: str,
    content: dict[str, Any],
    secret: bool = False,
) -> None:
    """Put a message into the log, to be sent soon; one that was written because of this event is left as it is."""
    known = select(Message.id).where(
        Message.event_id == event_id,
        Message.reservation_id == reservation_id,
        Message.channel == channel,
        Message.recipient == recipient,
    )
    if session.scalar(known) is not None:
        return
    session.add(
        Message(
            name=new_name(),
            event_id=event_id,
            reservation_id=reservation_id,
            locator=locator,
            correlation_id=correlation_id,
            kind=kind,
            channel=channel,
            recipient=recipient,
            language=language,
            content=content,
            secret=secret,
            state=State.WAITING,
            created_at=now(),
            next_attempt_at=now(),
        )
    )
