"""Fans news out to listeners, each with a bounded queue, and keeps the latest for those who were away."""

from __future__ import annotations

import asyncio
import secrets
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from common import codec
from gateway.stream.news import News, Topic

#: Sent instead of what was missed: the listener asks the API how things are now.
SNAPSHOT = "snapshot"
CHANGED = "changed"

_KEPT = 5000
_WAITING = 100


@dataclass(frozen=True)
class Message:
    """One server-sent event: `number` counts all that this process has heard."""

    number: int
    news: News
    text: bytes


def _anything(_: Mapping[str, Any]) -> bool:
    return True


@dataclass(eq=False)
class Listener:
    """Somebody who listens to a topic, and of it to what `wants` says yes to."""

    topic: Topic
    wants: Callable[[Mapping[str, Any]], bool] = _anything
    queue: asyncio.Queue[bytes] = field(default_factory=lambda: asyncio.Queue(_WAITING))

    def hears(self, news: News) -> bool:
        """Tell whether news are for this listener."""
        return news.topic == self.topic and self.wants(news.data)


class Hub:
    """
    The listeners of this process. Not for use by two threads.

    Ids of messages begin with a mark of this process, so that one that was started anew does not take the ids of the
    one before for its own.
    """

    def __init__(self, *, keeps: int = _KEPT) -> None:
        self._mark = secrets.token_hex(4)
        self._number = 0
        self._kept: deque[Message] = deque(maxlen=keeps)
        self._listeners: dict[Topic, set[Listener]] = {}
        self.count = 0

    def publish(self, news: News) -> None:
        """Tell the listeners of a topic, and remember it for those who come back."""
        self._number += 1
        message = Message(self._number, news, self._written(CHANGED, codec.dumps(dict(news.data))))
        self._kept.append(message)
        for listener in self._listeners.get(news.topic, ()):
            if listener.wants(news.data):
                self._put(listener, message.text)

    def publish_gap(self) -> None:
        """Tell everybody that something may have been missed: the broker was away."""
        self._kept.clear()
        for listeners in self._listeners.values():
            for listener in listeners:
                self._put(listener, self._snapshot())

    def recent(self, listener: Listener, *, count: int) -> list[Mapping[str, Any]]:
        """Return the latest that such a listener would have been told, at most `count`, newest first."""
        found = (kept.news.data for kept in reversed(self._kept) if listener.hears(kept.news))
        return list(islice(found, count))

    def listen(
        self, topic: Topic, *, last_id: str | None, wants: Callable[[Mapping[str, Any]], bool] = _anything
    ) -> Listener:
        """Begin to listen: with what was missed since `last_id`, or with a snapshot if that is not known any more."""
        listener = Listener(topic, wants)
        for text in self._missed(listener, last_id):
            self._put(listener, text)
        self._listeners.setdefault(topic, set()).add(listener)
        self.count += 1
        return listener

    def leave(self, listener: Listener) -> None:
        """Stop listening."""
        listeners = self._listeners.get(listener.topic)
        if listeners and listener in listeners:
            listeners.remove(listener)
            self.count -= 1
            if not listeners:
                del self._listeners[listener.topic]

    def _missed(self, listener: Listener, last_id: str | None) -> Iterable[bytes]:
        mark, _, number = (last_id or "").partition("-")
        if mark != self._mark or not (number.isascii() and number.isdigit()):
            return [self._snapshot()]
        last = int(number)
        oldest = self._kept[0].number if self._kept else self._number + 1
        if not oldest - 1 <= last <= self._number:
            return [self._snapshot()]
        missed = [kept.text for kept in self._kept if kept.number > last and listener.hears(kept.news)]
        return missed if len(missed) < _WAITING else [self._snapshot()]

    def _put(self, listener: Listener, text: bytes) -> None:
        if listener.queue.full():
            # A reader who is that far behind is better served by how things are now.
            while not listener.queue.empty():
                listener.queue.get_nowait()
            text = self._snapshot()
        listener.queue.put_nowait(text)

    def _snapshot(self) -> bytes:
        return self._written(SNAPSHOT, "{}")

    def _written(self, kind: str, data: str) -> bytes:
        return f"id: {self._mark}-{self._number}\nevent: {kind}\ndata: {data}\n\n".encode()
