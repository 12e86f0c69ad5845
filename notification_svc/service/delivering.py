"""
Sending what is in the message log, many messages at a time.

SMTP has no keys: who dies between sending a mail and noting that it is sent cannot know later whether it arrived. Such
a message is sent again, with the same Message-ID, so that whoever gets it twice can drop the repeat. In every other
case a message is sent once, because its row is claimed before.
"""

import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from sqlalchemy import case, func, null, select, update
from sqlalchemy.orm import Session, aliased

from common import journal
from common.columns import now
from common.db import Database
from common.errors import Rejected, TransientError
from notification_svc.domain.messages import MOST_ATTEMPTS, Channel, State, backoff_seconds
from notification_svc.models import Message

log = logging.getLogger(__name__)

#: How many messages a deliverer has in hand at most.
IN_HAND = 50
#: How many of them it sends side by side: so many recipients may be slow before others wait for them.
AT_ONCE = 8
#: How often what was sent is noted: what was sent since is sent again if its deliverer dies.
NOTE_SECONDS = 0.1
# A message in hand that was not begun after so many timeouts is given back.
BEGIN_TIMEOUTS = 2
#: For so many timeouts who claims a message has it to itself: until it must have begun, and some ten answers more, each
#: waited for in vain.
CLAIM_TIMEOUTS = BEGIN_TIMEOUTS + 10
#: Has a row while there is a message to be sent now, or to be claimed from who does not send it any more.
DUE = select(Message.id).where(Message.state == State.WAITING, Message.next_attempt_at <= now()).limit(1)
# How long what was sent waits to be noted when the database is away.
_TRY_AGAIN_SECONDS = 0.5
# What stands as the error of a message that is not sent any more, though nobody said why not.
_SENDER_DIED = "whoever sent it died, the last time at least, before it could say what became of it"


class Outside(Protocol):
    """
    What sends a message, safe among threads; it raises what says whether trying again makes sense.

    A TransientError is trouble that may pass; a Rejected says that this recipient will never take it.
    """

    timeout_seconds: float

    def send(self, message: Message) -> None: ...

    def tidy(self) -> None: ...


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of a message in hand: it is over, or still waiting, after an `error` or because it was not begun."""

    message: Message
    state: State
    error: str | None = None


def deliver_due(database: Database, outside: Outside, *, stopping: Callable[[], bool] = lambda: False) -> None:
    """
    Send what is due until nothing is due and nothing in hand, or `stopping` says so; then what is begun ends.

    :raises TransientError: if the database is away, and there is nothing to be noted or no time for it
    """
    outside.tidy()
    in_hand: set[Future[Outcome]] = set()
    outcomes: list[Outcome] = []
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="carrier") as carriers:
        while True:
            try:
                if outcomes:
                    database.write(note_outcomes, outcomes=outcomes)
                    outcomes = []
                if not stopping():
                    begin_by = time.monotonic() + BEGIN_TIMEOUTS * outside.timeout_seconds
                    for message in _take_up(database, outside, limit=IN_HAND - len(in_hand)):
                        in_hand.add(carriers.submit(_carry, outside, message, begin_by, stopping))
            except TransientError as trouble:
                if stopping() or not (outcomes or in_hand):
                    raise
                log.warning("%d messages wait to be noted: %s", len(outcomes), trouble)
                time.sleep(_TRY_AGAIN_SECONDS)
            if not in_hand and not outcomes:
                return
            ended, in_hand = wait(in_hand, timeout=NOTE_SECONDS)
            outcomes += [each.result() for each in ended]


def _take_up(database: Database, outside: Outside, *, limit: int) -> Sequence[Message]:
    found = database.read(due, limit=limit) if limit else ()
    seconds = CLAIM_TIMEOUTS * outside.timeout_seconds
    return database.write(claim, message_ids=found, seconds=seconds) if found else ()


def _carry(outside: Outside, message: Message, begin_by: float, stopping: Callable[[], bool]) -> Outcome:
    outcome = partial(Outcome, message=message)
    if stopping() or time.monotonic() > begin_by:
        return outcome(state=State.WAITING)
    if message.attempts > MOST_ATTEMPTS:  # it may be what they died of
        return outcome(state=State.WAITING, error=_SENDER_DIED)
    try:
        outside.send(message)
    except Rejected as refusal:
        return outcome(state=State.REFUSED, error=refusal.detail)
    except TransientError as trouble:
        return outcome(state=State.WAITING, error=str(trouble))
    except Exception as fault:  # of ours, such as a template that cannot be filled in: others must not wait for it
        log.exception("message %s cannot be sent", message.name)
        return outcome(state=State.WAITING, error=f"a fault of ours: {type(fault).__name__}")
    return outcome(state=State.SENT)


def due(session: Session, *, limit: int) -> Sequence[int]:
    """
    Return at most `limit` messages to be sent now, the oldest one for each recipient.

    A recipient who is being written to at the moment is left out, so that one who is slow occupies one thread and no
    more.
    """
    other = aliased(Message)
    busy = select(other.id).where(
        other.recipient == Message.recipient, other.state == State.WAITING, other.claimed_until > now()
    )
    return session.scalars(
        select(func.min(Message.id))
        .where(Message.state == State.WAITING, Message.next_attempt_at <= now(), ~busy.exists())
        .group_by(Message.channel, Message.recipient)
        .order_by(func.min(Message.next_attempt_at))
        .limit(limit)
    ).all()


def claim(session: Session, *, message_ids: Sequence[int], seconds: float) -> Sequence[Message]:
    """
    Return those of some messages that are still due and nobody's, and now ours for so many seconds.

    One whose sender died comes by itself, whatever else there is: if it is what they die of, it takes nothing along.
    """
    found = session.scalars(
        select(Message)
        .where(
            Message.id.in_(message_ids),
            Message.state == State.WAITING,
            Message.next_attempt_at <= now(),
            (Message.claimed_until.is_(None)) | (Message.claimed_until <= now()),
        )
        .order_by(Message.next_attempt_at)
        .with_for_update(skip_locked=True)
    ).all()
    ours = [message for message in found if message.claimed_until is not None][:1] or found
    session.expunge_all()  # what is changed in them from here on is for who sends them
    for message in ours:
        message.attempts += 1
    # Whoever dies leaves them due again when the claim ends.
    until = {"claimed_until": now(seconds=seconds), "next_attempt_at": now(seconds=seconds)}
    _change(session, ours, attempts=Message.attempts + 1, **until)
    return ours


def note_outcomes(session: Session, *, outcomes: Sequence[Outcome]) -> None:
    """
    Write what became of messages.

    Late news of an attempt that somebody else has repeated meanwhile changes nothing, unless it is that it arrived.
    """
    waiting = select(Message.id, Message.attempts).where(
        Message.id.in_([outcome.message.id for outcome in outcomes]), Message.state == State.WAITING
    )
    attempts = {row.id: row.attempts for row in session.execute(waiting.order_by(Message.id).with_for_update())}
    outcomes = [each for each in outcomes if each.message.id in attempts]
    _end(session, [each.message for each in outcomes if each.state is State.SENT], State.SENT)
    for outcome in outcomes:
        message = outcome.message
        if outcome.state is State.SENT or message.attempts != attempts[message.id]:
            continue
        if outcome.state is State.REFUSED:
            _end(session, [message], State.REFUSED, outcome.error)
        elif outcome.error is None:
            _change(session, [message], attempts=message.attempts - 1, claimed_until=None, next_attempt_at=now())
        elif message.attempts >= MOST_ATTEMPTS:
            _end(session, [message], State.GIVEN_UP, outcome.error)
        else:
            _postpone(session, message, outcome.error)


def _end(session: Session, messages: Sequence[Message], state: State, error: str | None = None) -> None:
    """Write that messages are over, one that says a secret forgets it, and put them on their timelines."""
    if not messages:
        return
    over = {"claimed_until": None, "next_attempt_at": None, "error": error and error[:200]}
    sent = {"sent_at": now()} if state is State.SENT else {}
    content = case((Message.secret, null()), else_=Message.content)
    _change(session, messages, state=state, content=content, **over, **sent)
    journal.write(session, *(_line(message, state) for message in messages))


def _line(message: Message, state: State) -> journal.Line:
    how = "mail" if message.channel is Channel.EMAIL else "short message"
    name = f"{how} {message.kind.replace('_', ' ')} {state.replace('_', ' ')}"
    detail = {"message": message.name, "attempts": message.attempts}
    return journal.Line(message.correlation_id, kind="act", name=name, detail=detail)


def _postpone(session: Session, message: Message, error: str) -> None:
    """
    Let a message wait before its next attempt, longer each time.

    Whatever else waits for the same recipient waits as long: one who cannot be reached is not tried for each message.
    """
    pause = now(seconds=backoff_seconds(message.attempts))
    _change(session, [message], claimed_until=None, next_attempt_at=pause, error=error[:200])
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


def _change(session: Session, messages: Sequence[Message], **values: Any) -> None:
    changed = update(Message).where(Message.id.in_([message.id for message in messages])).values(**values)
    session.execute(changed.execution_options(synchronize_session=False))
