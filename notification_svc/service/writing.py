"""Writing rows of the message log; sending them is another step."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from common.columns import now
from notification_svc.domain.messages import Channel, Kind, State, new_name
from notification_svc.models import Message

_WRITE = insert(Message).values(state=State.WAITING, created_at=now(), next_attempt_at=now())


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A message to be written because of an event; columns of the log have these names."""

    event_id: UUID
    reservation_id: int
    locator: str
    correlation_id: UUID
    kind: Kind
    channel: Channel
    recipient: str
    language: str
    content: Mapping[str, Any]
    secret: bool = False


def write(session: Session, drafts: Sequence[Draft]) -> None:
    """Put messages into the log, to be sent soon; what was written because of its event before is left as it is."""
    if not drafts:
        return
    written = session.execute(
        select(Message.event_id, Message.reservation_id, Message.channel, Message.recipient).where(
            Message.event_id.in_({draft.event_id for draft in drafts}),
            Message.reservation_id.in_({draft.reservation_id for draft in drafts}),
        )
    )
    known = {tuple(row) for row in written}
    fresh = [
        vars(draft) | {"name": new_name()}
        for draft in drafts
        if (draft.event_id, draft.reservation_id, draft.channel, draft.recipient) not in known
    ]
    if fresh:
        session.execute(_WRITE, fresh)
