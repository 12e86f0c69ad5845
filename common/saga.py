"""
Sagas: tables of steps, run as Celery canvases, carried to their end from the database.

The run's row is the truth. The canvas is only the quick way: it may be lost, sent again or run twice at any moment, so
every step bears repetition, every undo is a no-op when there is nothing to undo, and the sweep (`due`) sends again
what shows no progress and turns round what ran out of time.

    running --finish--> finished
       |
       +---turn_back--> rewinding --close--> rewound
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from celery import chain, current_app, group, signature
from celery.canvas import Signature
from celery.exceptions import ChordError
from sqlalchemy import (
    JSON,
    Column,
    CursorResult,
    Index,
    MetaData,
    SmallInteger,
    String,
    Table,
    Uuid,
    insert,
    select,
    update,
)
from sqlalchemy.orm import Session

from common import journal
from common.columns import NAMES, BigId, UtcDateTime, now
from common.config import settings
from common.db import changed
from common.errors import DomainError
from common.messages import Command

log = logging.getLogger(__name__)

#: Belongs to the services that lead sagas.
LEADERS = MetaData(naming_convention=NAMES)

saga_run = Table(
    "saga_run",
    LEADERS,
    Column("id", BigId, primary_key=True, autoincrement=True),
    Column("saga", String(20), nullable=False),
    Column("subject_id", BigId, nullable=False),
    Column("correlation_id", Uuid(), nullable=False, index=True),
    Column("payload", JSON(), nullable=False),
    Column("state", String(10), nullable=False),
    Column("reason", String(60)),
    Column("attempts", SmallInteger(), nullable=False),
    Column("began_at", UtcDateTime(), nullable=False),
    Column("deadline", UtcDateTime(), nullable=False),
    Column("ended_at", UtcDateTime()),
    #: When the sweep looks at this run next; NULL once it has ended.
    Column("wake_at", UtcDateTime(), index=True),
    Index("uq_saga_run_saga_subject_id", "saga", "subject_id", unique=True),
)

# A saga whose request died between commit and send is started by the sweep after this long.
START_SECONDS = 3.0


class StepRefused(DomainError):
    """Raised by a command's door to end the canvas and begin the way back; its one argument is the reason."""

    code = "step_refused"


@dataclass(frozen=True, kw_only=True)
class Step:
    """
    One line of a saga.

    `does` and `undoes` are the words a reader of the timeline sees. `do` and `undo` are the commands sent; a step
    without `do` is done by the request itself or awaited as an event. `each` names the payload's list of which every
    item gets a command of its own, side by side.
    """

    does: str
    do: type[Command] | None = None
    undoes: str | None = None
    undo: type[Command] | None = None
    each: str | None = None

    def commands(self, command: type[Command], payload: Mapping[str, Any]) -> list[Command]:
        items = payload[self.each] if self.each else [{}]
        return [command.from_wire({**payload, **item, "type": command.__name__, "version": 1}) for item in items]


class Saga:
    """Steps in order, ending at the pivot; `rewind` is the leader's task `(run_id, task_ids)` that turns round."""

    def __init__(self, name: str, *steps: Step, rewind: str, queue: str) -> None:
        self.name = name
        self.steps = steps
        self._rewind = rewind
        self._queue = queue

    def forward(self, *, run_id: int, attempt: int, payload: Mapping[str, Any]) -> Signature | None:
        """Return the canvas that goes ahead: a chain, with a chord where a step has several commands."""
        links: list[Signature] = []
        task_ids: list[str] = []
        for step in self.steps:
            if step.do is None:
                continue
            members = []
            for command in step.commands(step.do, payload):
                task_ids.append(f"{payload['correlationId']}-{run_id}-{attempt}-{len(task_ids) + 1}")
                # Only the last step hears what the others answered.
                members.append(_order(command, immutable=step is not self.steps[-1], task_id=task_ids[-1]))
            links.append(members[0] if len(members) == 1 else group(members))
        if not links:
            return None
        # One immutable callback on the whole canvas: Celery calls it once, whatever fails. It carries its queue, so
        # that a worker which does not have the task sends it on to the leader.
        turn = signature(
            self._rewind, kwargs={"run_id": run_id, "task_ids": task_ids}, immutable=True, queue=self._queue
        )
        return chain(*links).on_error(turn)

    def backward(self, *, run_id: int, attempt: int, payload: Mapping[str, Any]) -> Signature:
        """Return the canvas that goes back: every undo, last step first, whether or not its step was done."""
        undos = [
            command
            for step in reversed(self.steps)
            if step.undo is not None
            for command in step.commands(step.undo, payload)
        ]
        return chain(
            *(
                _order(command, immutable=True, task_id=f"{payload['correlationId']}-{run_id}-undo-{attempt}-{place}")
                for place, command in enumerate(undos, start=1)
            )
        )


@dataclass(frozen=True, kw_only=True)
class Order:
    """A canvas that is due: made inside a transaction, sent after its commit."""

    saga: str
    run_id: int
    attempt: int
    back: bool
    payload: Mapping[str, Any]

    def send(self, sagas: Mapping[str, Saga]) -> bool:
        """
        Publish the canvas; return whether the broker took it.

        Trouble is logged and not raised: the run's row is there, and the sweep sends again.
        """
        saga = sagas[self.saga]
        build = saga.backward if self.back else saga.forward
        canvas = build(run_id=self.run_id, attempt=self.attempt, payload=self.payload)
        if canvas is None:
            return True
        try:
            canvas.apply_async(retry=False, confirm_timeout=3)
        except Exception as error:  # whatever the broker or its client says
            log.warning("saga %s run %s was not sent, the sweep will: %s", self.saga, self.run_id, error)
            return False
        return True


def begin(
    session: Session,
    *,
    saga: str,
    subject_id: int,
    correlation_id: UUID,
    payload: Mapping[str, Any],
    seconds: float,
    waits: bool = False,
) -> Order:
    """
    Write a new run that must end within `seconds` by the database's clock; send the order after the commit.

    A run that `waits` for an event has nothing to send, and sleeps until its deadline.
    """
    made = session.execute(
        insert(saga_run).values(
            saga=saga,
            subject_id=subject_id,
            correlation_id=correlation_id,
            payload=payload,
            state="running",
            attempts=1,
            began_at=now(),
            deadline=now(seconds=seconds),
            wake_at=now(seconds=seconds if waits else min(seconds, START_SECONDS)),
        )
    )
    key = cast("CursorResult[Any]", made).inserted_primary_key
    assert key is not None
    run_id: int = key[0]
    return Order(saga=saga, run_id=run_id, attempt=1, back=False, payload=payload)


def finish(session: Session, *, saga: str, subject_id: int) -> bool:
    """End a running run at its pivot; return False if it is no longer running, so that the pivot must not happen."""
    return _move(session, saga=saga, subject_id=subject_id, source="running", target="finished")


def rest(session: Session, *, saga: str, subject_id: int) -> None:
    """Let a run that only waits for an event sleep until its deadline."""
    _update(
        session,
        saga_run.c.saga == saga,
        saga_run.c.subject_id == subject_id,
        saga_run.c.state == "running",
        wake_at=saga_run.c.deadline,
    )


def turn_back(session: Session, *, run_id: int, reason: str) -> Order | None:
    """Begin the way back of a running run; return None if it has ended or is on its way back already."""
    if not _update(
        session,
        saga_run.c.id == run_id,
        saga_run.c.state == "running",
        state="rewinding",
        reason=reason,
        attempts=1,
        wake_at=now(seconds=settings().saga_patience_seconds),
    ):
        return None
    run = session.execute(select(saga_run).where(saga_run.c.id == run_id)).one()
    journal.record(session, correlation_id=run.correlation_id, kind="step", name="turn back", reason=reason)
    return Order(saga=run.saga, run_id=run.id, attempt=1, back=True, payload=run.payload)


def close(session: Session, *, saga: str, subject_id: int) -> str | None:
    """End the way back; return its reason, or None if the run is not on its way back."""
    reason = session.scalar(
        select(saga_run.c.reason).where(
            saga_run.c.saga == saga, saga_run.c.subject_id == subject_id, saga_run.c.state == "rewinding"
        )
    )
    moved = _move(session, saga=saga, subject_id=subject_id, source="rewinding", target="rewound")
    return reason if moved else None


def runs(session: Session, *, correlation_id: UUID) -> list[dict[str, Any]]:
    """Return the runs of one correlation id as plain values, oldest first."""
    found = select(saga_run).where(saga_run.c.correlation_id == correlation_id).order_by(saga_run.c.id)
    return [dict(row) for row in session.execute(found).mappings()]


def due(session: Session, *, limit: int = 100) -> list[Order]:
    """
    Take up the runs whose time to be looked at has come: turn round those past their deadline, repeat the others.

    Two sweeps at once share the work: each skips what the other has locked.
    """
    late = (saga_run.c.deadline <= now()).label("late")
    rows = session.execute(
        select(saga_run, late)
        .where(saga_run.c.wake_at <= now())
        .order_by(saga_run.c.wake_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    orders = []
    for row in rows:
        if row.state == "running" and row.late:
            order = turn_back(session, run_id=row.id, reason="timeout")
            if order:
                orders.append(order)
            continue
        attempt = row.attempts + 1
        # Patience doubles, so that a partner that is down is not flooded with repetitions.
        pause = settings().saga_patience_seconds * min(2 ** (attempt - 2), 8)
        _update(session, saga_run.c.id == row.id, attempts=attempt, wake_at=now(seconds=pause))
        orders.append(
            Order(
                saga=row.saga,
                run_id=row.id,
                attempt=attempt,
                back=row.state == "rewinding",
                payload=row.payload,
            )
        )
    return orders


def why(task_ids: Sequence[str]) -> str | None:
    """Return the reason with which one of these tasks refused, if the result store still knows; else None."""
    try:
        for task_id in task_ids:
            result = current_app.AsyncResult(task_id)
            if result.state != "FAILURE":
                continue
            refusal = result.result
            if type(refusal).__name__ == StepRefused.__name__ and refusal.args:
                return str(refusal.args[0])
            if not isinstance(refusal, ChordError):  # which only says that another member failed
                return "internal_error"
    except Exception as error:  # the result store is a convenience: without it the reason comes by event
        log.warning("the result store does not answer: %s", error)
    return None


def _order(command: Command, *, immutable: bool, task_id: str) -> Signature:
    trace = f"00-{command.correlation_id.hex}-{command.correlation_id.hex[:16]}-01"
    return signature(
        command.task,
        kwargs=command.to_wire(),
        immutable=immutable,
        queue=command.queue,
        task_id=task_id,
        headers={"traceparent": trace},
    )


def _move(session: Session, *, saga: str, subject_id: int, source: str, target: str) -> bool:
    return _update(
        session,
        saga_run.c.saga == saga,
        saga_run.c.subject_id == subject_id,
        saga_run.c.state == source,
        state=target,
        ended_at=now(),
        wake_at=None,
    )


def _update(session: Session, *conditions: Any, **values: Any) -> bool:
    return changed(session, update(saga_run).where(*conditions).values(**values)) == 1
