"""Redriving a parked message: an event to its handlers, a command to its queue; or only trying what would happen."""

import base64
from collections.abc import Callable
from typing import Any
from uuid import UUID

from amqp.exceptions import AMQPError
from kombu import Connection, Producer
from kombu.exceptions import OperationalError
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from common import codec, inbox
from common.applying import Applier
from common.auth import Caller
from common.columns import now
from common.contracts.registry import inventory
from common.db import Database
from common.errors import Conflict, Rejected, TransientError
from common.messages import Event, Unreadable
from common.parking import operating
from common.parking.messages import SENT_AGAIN
from common.parking.operating import Row

# What the broker wrote on a message is not for the next journey.
_BROKERS = ("x-death", "x-delivery-count", "x-first-death-", "x-last-death-")


class NoSuchHandler(Rejected):
    """Raised when a message is meant for a handler that its service does not have."""

    code = "no_such_handler"


class StillFails(Conflict):
    """Raised when a redriven message cannot be applied now either; it stays parked."""

    code = "still_fails"


class _HandlerFailed(Exception):
    """Raised to roll back what a handler has begun."""


def redrive(
    database: Database,
    applier: Applier,
    *,
    broker_url: str,
    message_id: int,
    to: str | None,
    dry_run: bool,
    by: Caller,
    reason: str,
    trace: UUID,
) -> dict[str, Any]:
    """
    Apply a parked event, to all of its handlers or `to` one, or send a parked command to its queue again.

    A dry run does the same in a transaction that is rolled back, and sends nothing. Returns what was done, or would
    be: `{readable, message, handlers: [{handler, outcome}], sentTo, state}`.

    :raises NotParked: if it was redriven or dropped
    :raises NoSuchHandler: if nobody here is called `to`
    :raises StillFails: if it cannot be applied now either; the new error is in its history
    """
    act = {"message_id": message_id, "to": to, "by": by, "reason": reason, "trace": trace, "dry_run": dry_run}
    kind = database.read(operating.find, message_id=message_id)["kind"]
    try:
        if kind == "command":
            return _transaction(database, dry_run)(_send, broker_url=broker_url, **act)
        return _transaction(database, dry_run)(_apply, applier=applier, **act)
    except (_HandlerFailed, Unreadable, DBAPIError) as error:
        said = str(error.orig) if isinstance(error, DBAPIError) else str(error)
        if dry_run:
            return {"readable": not isinstance(error, Unreadable), "error": said, "handlers": [], "state": "parked"}
        database.write(_note_failure, message_id=message_id, by=by, reason=reason, trace=trace, error=said)
        raise StillFails(f"It cannot be applied now either, and stays parked: {said}", error=said) from error


def _transaction(database: Database, dry_run: bool) -> Callable[..., dict[str, Any]]:
    return database.read if dry_run else database.write


def _apply(
    session: Session,
    *,
    applier: Applier,
    message_id: int,
    to: str | None,
    by: Caller,
    reason: str,
    trace: UUID,
    dry_run: bool,
) -> dict[str, Any]:
    row = operating.lock(session, message_id)
    event = applier.read(_raw(row), row["content_type"])
    names = applier.handler_names(type(event))
    if to is not None and to not in names:
        raise NoSuchHandler(f"Nobody here is called {to}. {event.routing_key()} is for: {', '.join(names)}.")
    wanted = [to] if to else names
    outcomes = []
    for name in wanted:
        known = _has_applied(session, event, name)
        try:
            applier.apply(session, type(event), [event], only=name)
        except (TransientError, DBAPIError):
            raise
        except Exception as error:
            raise _HandlerFailed(f"{name}: {type(error).__name__}: {error}") from error
        outcomes.append({"handler": name, "outcome": "had it already" if known else "applied"})
    done = all(_has_applied(session, event, name) for name in names)
    closing = {"state": "redriven", "closed_at": now()} if done else {}
    operating.change(session, row, entry=operating.entry("redriven", by, reason, handlers=wanted), values=closing)
    operating.record(session, row, act="redrive parked message", by=by, reason=reason, trace=trace, to=to)
    return {
        "readable": True,
        "message": event.routing_key(),
        "handlers": outcomes,
        "state": "parked" if dry_run or not done else "redriven",
    }


def _send(
    session: Session,
    *,
    broker_url: str,
    message_id: int,
    to: str | None,
    by: Caller,
    reason: str,
    trace: UUID,
    dry_run: bool,
) -> dict[str, Any]:
    row = operating.lock(session, message_id)
    if to is not None:
        raise NoSuchHandler("A command has one reader, its queue's: leave `to` out.")
    told = _read_command(row)
    if not dry_run:
        operating.change(
            session,
            row,
            entry=operating.entry("redriven", by, reason),
            values={"state": "redriven", "closed_at": now()},
        )
        operating.record(session, row, act="redrive parked message", by=by, reason=reason, trace=trace)
        # Before the commit: a command that is sent twice does no harm, one that is never sent does.
        _publish(row, broker_url)
    return {
        "readable": True,
        "message": told,
        "handlers": [],
        "sentTo": row["queue"],
        "state": "parked" if dry_run else "redriven",
    }


def _read_command(row: Row) -> str:
    """
    Return the name of the command that a message carries, or of its task.

    :raises Unreadable: if it is a command of ours that its owner would refuse
    """
    task = str(row["headers"].get("task", ""))
    for command in inventory.commands():
        if command.task == task:
            try:
                body = codec.loads(row["body"])
            except ValueError as error:
                raise Unreadable(f"not JSON: {error}") from error
            return inventory.routing(type(command.from_wire(body)))
    return task or "no task"


def _publish(row: Row, broker_url: str) -> None:
    envelope = row["envelope"] or {}
    body = _raw(row)
    if "arguments" in envelope:
        whole = [envelope["arguments"], codec.loads(row["body"]), envelope["following"]]
        body = codec.dumps(whole).encode()
    headers = {name: value for name, value in row["headers"].items() if not name.startswith(_BROKERS)}
    confirmed = {"confirm_publish": True} if broker_url.startswith("amqp") else {}
    try:
        with Connection(broker_url, connect_timeout=5, heartbeat=0, transport_options=confirmed) as link:
            Producer(link.default_channel, auto_declare=False).publish(
                body,
                exchange=row["queue"],
                routing_key=row["queue"],
                content_type="application/vnd.aerosaga+json",
                content_encoding="utf-8",
                delivery_mode=2,
                mandatory=True,
                retry=False,
                headers=headers | {SENT_AGAIN: f"redrive {row['id']}"},
                **envelope.get("properties", {}),
            )
    except (OSError, AMQPError, OperationalError) as error:
        raise TransientError(f"The broker did not take the command: {error}") from error


def _raw(row: Row) -> bytes:
    text: str = row["body"]
    return base64.b64decode(text) if row["encoding"] == "base64" else text.encode("utf-8")


def _has_applied(session: Session, event: Event, handler: str) -> bool:
    claim = select(inbox.inbox.c.handler).where(
        inbox.inbox.c.event_id == event.event_id, inbox.inbox.c.handler == handler
    )
    return session.execute(claim).first() is not None


def _note_failure(session: Session, *, message_id: int, by: Caller, reason: str, trace: UUID, error: str) -> None:
    row = operating.lock(session, message_id)
    operating.change(
        session, row, entry=operating.entry("failed again", by, reason, error=error), values={"error": error}
    )
    operating.record(session, row, act="redrive parked message", by=by, reason=reason, trace=trace, failed=True)
