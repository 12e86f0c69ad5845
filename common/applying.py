"""Applying events: read from a message, given to their handlers once each, in the caller's transaction."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from common import inbox, wire
from common.contracts.versions import readings
from common.crash import crash_point
from common.messages import Event, Unreadable

Handler = Callable[[Session, Any], None]
Handlers = Mapping[type[Event], Sequence[Handler]]


def whole_batches(handler: Handler) -> Handler:
    """Make `handler` receive a list of events at a time, so that it can write many rows in one statement."""
    handler.whole_batches = True  # type: ignore[attr-defined]
    return handler


def give(session: Session, handler: Handler, events: Sequence[Event]) -> None:
    """Give `events` to `handler`: all together if it takes whole batches, else one by one."""
    if not getattr(handler, "whole_batches", False):
        for event in events:
            handler(session, event)
    elif events:
        handler(session, events)


class Applier:
    """What `service` does about the events that its `handlers` are for."""

    def __init__(self, service: str, handlers: Handlers) -> None:
        self._service = service
        self._handlers = handlers
        self._types = {event.routing_key(): event for event in handlers}
        # Older versions are read as the one that is handled here, unless they have handlers of their own.
        self._older = {
            older.routing_key(): (older, upcast)
            for kind in handlers
            for older, upcast in readings(kind).items()
            if older not in handlers
        }

    def read(self, body: bytes, content_type: str | None) -> Event:
        """
        Return the event that a message carries, in the version that is handled here.

        :raises Unreadable: if it is not what it says to be, or nobody here handles it
        """
        told = wire.read(body, content_type)
        key = f"{told.get('type')}.v{told.get('version')}"
        if key in self._older:
            older, upcast = self._older[key]
            return upcast(older.from_wire(told))
        known = self._types.get(key)
        if known is None:
            raise Unreadable(f"{self._service}_svc does not know {told.get('type')} v{told.get('version')}")
        return known.from_wire(told)

    def handler_names(self, kind: type[Event]) -> list[str]:
        """Return the names of the handlers of this kind of event, in the order in which they are called."""
        return [handler.__name__ for handler in self._handlers.get(kind, ())]

    def apply(self, session: Session, kind: type[Event], events: Sequence[Any], *, only: str | None = None) -> None:
        """Give `events`, all of one kind, to each of its handlers, or to `only` one, that has not had them before."""
        for handler in self._handlers[kind]:
            if only not in (None, handler.__name__):
                continue
            fresh = inbox.first_times(session, events=events, handler=handler.__name__)
            crash_point("event.claimed", of=f"{self._service}.{kind.routing_key()}")
            give(session, handler, fresh)
        crash_point("event.applied", of=f"{self._service}.{kind.routing_key()}")
