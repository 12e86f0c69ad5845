"""What an operator may do to a run of a saga: list, look, send its steps again, turn it round; each act is audited."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.orm import Session

from common import audit, journal
from common.auth import Caller
from common.columns import now
from common.errors import Conflict, NotFound
from common.saga.runs import Order, saga_run, turn_back
from common.saga.steps import Saga

#: How often a run's steps were sent when it counts as stuck: a healthy one needs one attempt, a kill makes it two.
STUCK_ATTEMPTS = 4
# A run past its deadline is turned round by the next sweep; one that is still there after this long is stuck.
STUCK_SECONDS = 30.0

#: Filters of a listing, beside the states a run can have.
STUCK, FAILED = "stuck", "failed"
_MOVING = frozenset({"running", "completing", "rewinding"})


class RunNotFound(NotFound):
    """Raised when there is no run of this number."""


class NotRunning(Conflict):
    """Raised when a run has ended, so that there is nothing to repeat or turn round."""

    code = "saga_ended"


class NothingToSend(Conflict):
    """Raised when a run only waits for an event: there is no step to send."""

    code = "saga_waits"


class OnlyForward(Conflict):
    """Raised when a saga has no way back: what it began must be finished."""

    code = "saga_only_forward"


def listing(session: Session, *, state: str | None, first: int, count: int) -> tuple[list[dict[str, Any]], int]:
    """
    Return `count` runs from place `first` on, newest first, and how many there are in all.

    `state` is one a run has, or stuck (out of time, or sent again and again, and still not at an end) or failed (ended
    by its way back).
    """
    wanted = [] if state is None else [_condition(state)]
    total = session.scalar(select(func.count()).select_from(saga_run).where(*wanted)) or 0
    rows = select(saga_run, _stuck().label("stuck")).where(*wanted).order_by(saga_run.c.id.desc())
    found = session.execute(rows.offset(first).limit(count)).mappings()
    return [dict(row) for row in found], total


def find(session: Session, *, run_id: int) -> dict[str, Any]:
    """
    Return a run as plain values.

    :raises RunNotFound: if there is none of this number
    """
    row = session.execute(select(saga_run, _stuck().label("stuck")).where(saga_run.c.id == run_id)).mappings().first()
    if row is None:
        raise RunNotFound(f"There is no saga run {run_id}. List them with GET /sagas.")
    return dict(row)


def retry(session: Session, *, run_id: int, sagas: Mapping[str, Saga], by: Caller, reason: str) -> Order:
    """
    Take a run up now instead of when its patience ends; send the order after the commit.

    Every step bears repetition, so that this is safe at any moment, and twice. Failure switches strike no more: who
    sends again has mended the cause.

    :raises RunNotFound: if there is none of this number
    :raises NotRunning: if it has ended
    :raises NothingToSend: if it waits for an event
    """
    run = _lock(session, run_id)
    if run["state"] == "running" and sagas[run["saga"]].waits and run["wake_at"] == run["deadline"]:
        raise NothingToSend(
            f"Saga run {run_id} ({run['saga']}) waits for an event and sends nothing. "
            "It ends when it is paid, or at its deadline; to end it now, rewind it."
        )
    attempt = run["attempts"] + 1
    payload = _without_failures(run)
    session.execute(
        update(saga_run).where(saga_run.c.id == run_id).values(attempts=attempt, wake_at=now(), payload=payload)
    )
    _note(session, run, by=by, act="retry saga", reason=reason)
    return Order(
        saga=run["saga"],
        run_id=run_id,
        attempt=attempt,
        back=run["state"] == "rewinding",
        payload=payload,
    )


def rewind(session: Session, *, run_id: int, sagas: Mapping[str, Saga], by: Caller, reason: str) -> Order:
    """
    Turn a running run round, whatever it waits for; send the order after the commit. Failure switches strike no more.

    :raises RunNotFound: if there is none of this number
    :raises NotRunning: if it has ended, or is on its way back already
    :raises OnlyForward: if its saga has no way back
    """
    run = _lock(session, run_id)
    if all(step.undo is None for step in sagas[run["saga"]].steps):
        raise OnlyForward(f"A {run['saga']} saga goes only forward: what it began must be finished. Retry it instead.")
    if run["state"] == "running":
        session.execute(update(saga_run).where(saga_run.c.id == run_id).values(payload=_without_failures(run)))
    order = turn_back(session, run_id=run_id, reason="operator")
    if order is None:
        raise NotRunning(f"Saga run {run_id} is on its way back already. To send its steps again, retry it.")
    _note(session, run, by=by, act="rewind saga", reason=reason)
    return order


def _lock(session: Session, run_id: int) -> dict[str, Any]:
    row = session.execute(select(saga_run).where(saga_run.c.id == run_id).with_for_update()).mappings().first()
    if row is None:
        raise RunNotFound(f"There is no saga run {run_id}. List them with GET /sagas.")
    if row["ended_at"] is not None:
        raise NotRunning(f"Saga run {run_id} has ended ({row['state']}); an ended run never changes.")
    return dict(row)


def _without_failures(run: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in run["payload"].items() if name != "failures"}


def _note(session: Session, run: Mapping[str, Any], *, by: Caller, act: str, reason: str) -> None:
    correlation_id: UUID = run["correlation_id"]
    journal.record(session, correlation_id=correlation_id, kind="request", name=act, by=by.name, reason=reason)
    audit.record(
        session,
        by=by,
        act=act,
        subject=f"saga run {run['id']}",
        correlation_id=correlation_id,
        reason=reason,
        saga=run["saga"],
        state=run["state"],
    )


def _condition(state: str) -> ColumnElement[bool]:
    if state == STUCK:
        return _stuck()
    if state in _MOVING:
        return _is_moving() & (saga_run.c.state == state)
    return saga_run.c.state == ("rewound" if state == FAILED else state)


def _is_moving() -> ColumnElement[bool]:
    # Of those that have ended, it is NULL; the index keeps them apart.
    return saga_run.c.wake_at.is_not(None)


def _stuck() -> ColumnElement[bool]:
    late = saga_run.c.deadline < now(seconds=-STUCK_SECONDS)
    return _is_moving() & or_(late, saga_run.c.attempts >= STUCK_ATTEMPTS)
