"""Runs of sagas: one row each, whose state is the truth, moved by conditional updates only."""

import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from sqlalchemy import (
    JSON,
    Column,
    CursorResult,
    Float,
    Index,
    MetaData,
    SmallInteger,
    String,
    Table,
    Uuid,
    bindparam,
    insert,
    select,
    update,
)
from sqlalchemy.orm import Session

from common import journal
from common.columns import NAMES, BigId, UtcDateTime, now
from common.config import settings
from common.crash import crash_point
from common.db import changed
from common.saga.steps import Saga

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

_BEGIN = insert(saga_run).values(
    began_at=now(),
    deadline=now(seconds=bindparam("until_deadline", type_=Float())),
    wake_at=now(seconds=bindparam("until_wake", type_=Float())),
)

#: Has a row while there is a run to be looked at.
DUE = select(saga_run.c.id).where(saga_run.c.wake_at <= now()).limit(1)

# A saga whose request died between commit and send is started by the sweep after this long.
START_SECONDS = 3.0
# One that waits in line has so many times what its wait is expected to be before that: it is a guess, by the pace of
# the last seconds.
EXPECTED = 1.5


@dataclass(frozen=True, kw_only=True)
class Order:
    """Commands that are due: ordered inside a transaction, sent after its commit."""

    saga: str
    run_id: int
    attempt: int
    back: bool
    payload: Mapping[str, Any]

    def send(self, sagas: Mapping[str, Saga]) -> bool:
        """
        Publish them; return whether the broker took them.

        Trouble is logged and not raised: the run's row is there, and the sweep sends again.
        """
        way = f"{self.saga}.{'back' if self.back else 'ahead'}"
        crash_point("saga.unsent", of=way)
        saga = sagas[self.saga]
        build = saga.backward if self.back else saga.forward
        commands = build(run_id=self.run_id, attempt=self.attempt, payload=self.payload)
        if not commands.links:
            return True
        try:
            commands.send()
        except Exception as error:  # whatever the broker or its client says
            log.warning("saga %s run %s was not sent, the sweep will: %s", self.saga, self.run_id, error)
            return False
        crash_point("saga.sent", of=way)
        return True


def begin(
    session: Session,
    *,
    saga: str,
    subject_id: int,
    correlation_id: UUID,
    payload: Mapping[str, Any],
    seconds: float,
    expected_wait: float = 0.0,
    waits: bool = False,
    past_pivot: bool = False,
) -> Order:
    """
    Write a new run that must end within `seconds` by the database's clock; send the order after the commit.

    Its steps wait for `expected_wait` seconds behind those of others. That is no sign that its order was lost: to send
    it again would make the line longer. A run that `waits` for an event has nothing to send, and sleeps until its
    deadline. One that is `past_pivot` from its first moment is never turned back, not even at its deadline: it is sent
    again until it is complete.
    """
    made = session.execute(
        _BEGIN,
        {
            "saga": saga,
            "subject_id": subject_id,
            "correlation_id": correlation_id,
            "payload": payload,
            "state": "completing" if past_pivot else "running",
            "attempts": 1,
            "until_deadline": seconds,
            "until_wake": seconds if waits else min(seconds, START_SECONDS + EXPECTED * expected_wait),
        },
    )
    key = cast("CursorResult[Any]", made).inserted_primary_key
    assert key is not None
    run_id: int = key[0]
    return Order(saga=saga, run_id=run_id, attempt=1, back=False, payload=payload)


def finish(session: Session, *, saga: str, subject_id: int) -> bool:
    """End a running run at its pivot; return False if it is no longer running, so that the pivot must not happen."""
    return bool(finish_all(session, saga=saga, subject_ids=[subject_id]))


def finish_all(session: Session, *, saga: str, subject_ids: Collection[int]) -> set[int]:
    """End running runs at their pivot; return for which subjects: the pivot of the others must not happen."""
    running = (
        select(saga_run.c.subject_id)
        .where(saga_run.c.saga == saga, saga_run.c.subject_id.in_(subject_ids), saga_run.c.state == "running")
        .order_by(saga_run.c.subject_id)
    )
    found = set(session.scalars(running.with_for_update()))
    if found:
        end = update(saga_run).where(saga_run.c.saga == saga, saga_run.c.subject_id.in_(found))
        session.execute(end.values(state="finished", ended_at=now(), wake_at=None))
    return found


def complete(session: Session, *, saga: str, subject_id: int) -> bool:
    """End a run that was begun past its pivot; return False if it has ended already."""
    return _move(session, saga=saga, subject_id=subject_id, source="completing", target="finished")


def abandon(session: Session, *, saga: str, subject_id: int, reason: str) -> bool:
    """
    End a run that has nothing to undo elsewhere, at once; return False if it has ended already.

    Also one on its way back: what its last undo would do is done by who abandons it, and that undo finds nothing to do.
    """
    return _update(
        session,
        saga_run.c.saga == saga,
        saga_run.c.subject_id == subject_id,
        saga_run.c.state.in_(["running", "rewinding"]),
        state="rewound",
        reason=reason,
        ended_at=now(),
        wake_at=None,
    )


def run_of(session: Session, *, saga: str, subject_id: int) -> dict[str, Any] | None:
    """Return the run of a saga for a subject as plain values, if there is one."""
    found = select(saga_run).where(saga_run.c.saga == saga, saga_run.c.subject_id == subject_id)
    row = session.execute(found).mappings().first()
    return None if row is None else dict(row)


def rest(session: Session, *, saga: str, subject_id: int) -> None:
    """Let a run that only waits for an event sleep until its deadline."""
    _update(
        session,
        saga_run.c.saga == saga,
        saga_run.c.subject_id == subject_id,
        saga_run.c.state == "running",
        wake_at=saga_run.c.deadline,
    )


def wake(session: Session, *, saga: str, subject_id: int) -> None:
    """
    Let a running run that rests go on by its commands, at the next sweep; one that does not rest is left as it is.

    To its failure switches, what is sent then is sent for the first time.
    """
    run = run_of(session, saga=saga, subject_id=subject_id)
    if run is None or run["wake_at"] != run["deadline"]:
        return
    _update(
        session,
        saga_run.c.id == run["id"],
        saga_run.c.state == "running",
        wake_at=now(),
        payload={**run["payload"], "failuresFrom": run["attempts"] + 1},
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
