"""
Sending what is in the message log.

SMTP has no keys: who dies between sending a mail and noting that it is sent cannot know later whether it arrived. Such
a message is sent again, with the same Message-ID, so that whoever gets it twice can drop the repeat. In every other
case a message is sent once, because its row is claimed before.
"""

import logging
from typing import Protocol

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from common import journal
from common.columns import now
from common.db import Database
from common.errors import Rejected, TransientError
from notification_svc.domain.messages import MOST_ATTEMPTS, Channel, State, backoff_seconds
from notification_svc.models import Message

log = logging.getLogger(__name__)

# How long a task may wait in its queue before the message is put there once more.
_QUEUED_SECONDS = 60.0
# Longer than sending one message takes at worst: some eight answers, each waited for in vain.
CLAIM_TIMEOUTS = 10
# What stands as the error of a message that is not sent any more, though nobody said why not.
_SENDER_DIED = "whoever sent it died, the last time at least, before it could say what became of it"


class Outside(Protocol):
    """
    What sends a message; it raises what says whether trying again makes sense.

    A TransientError is trouble that may pass; a Rejected says that this recipient will never take it.
    """

    timeout_seconds: float

    def send(self, message: Message) -> None: ...


def take_due(session: Session, *, limit: int) -> list[int]:
    """
    Return the messages to be sent now, one for each recipient; each is due again later if nobody does.

    A recipient who is being written to at the moment is left out, so that one who is slow occupies one thread and no
    more.
    """
    waiting = Message.state == State.WAITING
    oldest = (
        select(func.min(Message.id))
        .where(waiting, Message.next_attempt_at <= now())
        .group_by(Message.channel, Message.recipient)
        .order_by(func.min(Message.next_attempt_at))
        .limit(limit)
    )
    ids = session.scalars(oldest).all()
    rows = session.scalars(
        select(Message)
        .where(Message.id.in_(ids), waiting, Message.next_attempt_at <= now())
        .order_by(Message.next_attempt_at)
        .with_for_update(skip_locked=True)
    ).all()
    recipients = {row.recipient for row in rows}
    busy = set(
        session.scalars(
            select(Message.recipient).where(Message.recipient.in_(recipients), waiting, Message.claimed_until > now())
        )
    )
    chosen = [row.id for row in rows if row.recipient not in busy]
    later = update(Message).where(Message.id.in_(chosen)).execution_options(synchronize_session=False)
    session.execute(later.values(next_attempt_at=now(seconds=_QUEUED_SECONDS)))
    return chosen


def deliver(database: Database, outside: Outside, *, message_id: int) -> None:
    """Send one message, unless somebody else is at it or it is over, and note what became of it."""
    message = database.write(claim, message_id=message_id, seconds=CLAIM_TIMEOUTS * outside.timeout_seconds)
    if message is None:
        return
    if message.attempts > MOST_ATTEMPTS:  # it may be what they died of
        database.write(note_trouble, message_id=message_id, error=_SENDER_DIED)
        return
    try:
        outside.send(message)
    except Rejected as refusal:
        database.write(note_refused, message_id=message_id, error=refusal.detail)
    except TransientError as trouble:
        database.write(note_trouble, message_id=message_id, error=str(trouble))
    except Exception as fault:  # of ours, such as a template that cannot be filled in: others must not wait for it
        log.exception("message %s cannot be sent", message.name)
        database.write(note_trouble, message_id=message_id, error=f"a fault of ours: {type(fault).__name__}")
    else:
        database.write(note_sent, message_id=message_id)


def claim(session: Session, *, message_id: int, seconds: float) -> Message | None:
    """Return a message that is nobody's and now ours for so many seconds; None if it is over or somebody else's."""
    message = session.scalars(
        select(Message)
        .where(
            Message.id == message_id,
            Message.state == State.WAITING,
            (Message.claimed_until.is_(None)) | (Message.claimed_until <= now()),
        )
        .with_for_update(skip_locked=True)
    ).one_or_none()
    if message is not None:
        message.attempts += 1
        message.claimed_until = now(seconds=seconds)
        # Whoever dies leaves it due again when the claim ends.
        message.next_attempt_at = now(seconds=seconds)
        session.flush()  # so that what is returned is as the table has it
        session.refresh(message)
    return message


def note_sent(session: Session, *, message_id: int) -> None:
    """Write that a message is on its way; one that says a secret forgets it."""
    message = _end(session, message_id, State.SENT)
    message.sent_at, message.error = now(), None
    if message.secret:
        message.content = None


def note_refused(session: Session, *, message_id: int, error: str) -> None:
    """Write that a recipient will never take a message."""
    message = _end(session, message_id, State.REFUSED)
    message.error = error[:200]
    if message.secret:
        message.content = None


def note_trouble(session: Session, *, message_id: int, error: str) -> None:
    """
    Let a message wait before its next attempt, longer each time, or give it up after the last.

    Whatever else waits for the same recipient waits as long: one who cannot be reached is not tried for each message.
    """
    message = session.get_one(Message, message_id, with_for_update=True)
    if message.attempts >= MOST_ATTEMPTS:
        _end(session, message_id, State.GIVEN_UP)
        if message.secret:
            message.content = None
    else:
        pause = now(seconds=backoff_seconds(message.attempts))
        message.claimed_until, message.next_attempt_at = None, pause
        session.execute(
            update(Message)
            .where(
                Message.recipient == message.recipient,
                Message.channel == message.channel,
                Message.state == State.WAITING,
                Message.id != message.id,
                Message.next_attempt_at < pause,
            )
            .values(next_attempt_at=pause)
            .execution_options(synchronize_session=False)
        )
    message.error = error[:200]


def _end(session: Session, message_id: int, state: State) -> Message:
    message = session.get_one(Message, message_id, with_for_update=True)
    message.state, message.claimed_until, message.next_attempt_at = state, None, None
    how = "mail" if message.channel is Channel.EMAIL else "short message"
    journal.record(
        session,
        correlation_id=message.correlation_id,
        kind="act",
        name=f"{how} {message.kind.replace('_', ' ')} {state.replace('_', ' ')}",
        message=message.name,
        attempts=message.attempts,
    )
    return message
