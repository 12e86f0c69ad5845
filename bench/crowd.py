"""A crowd: many clients at once, each of which decides by every answer what it asks next."""

from __future__ import annotations

import heapq
import selectors
import time
from collections import Counter
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field

from bench.load import COME_AGAIN
from bench.wire import Answer, Connection

#: Yields requests as they go over the wire, is sent the answers, and ends when it has what it wants or gives up.
Client = Generator[bytes, Answer, None]


@dataclass(kw_only=True)
class Heard:
    """What a crowd was answered: how often each status, how long each answer took, how long each client needed (ms)."""

    statuses: Counter[int] = field(default_factory=Counter)
    #: Refusals that did not say when to come again.
    bare_errors: int = 0
    answers: list[float] = field(default_factory=list)
    clients: list[float] = field(default_factory=list)


def play(clients: Sequence[Client], *, host: str, port: int) -> Heard:
    """
    Let all clients begin at once, each on a connection of its own, until every one has ended.

    Who is told to come again does, with the same request; its client does not notice.

    :raises ConnectionError: if a connection breaks while a request is open
    """
    return _Crowd(clients, host, port).play()


class _Crowd:
    def __init__(self, clients: Sequence[Client], host: str, port: int) -> None:
        self._clients = clients
        self._place = (host, port)
        self._selector = selectors.DefaultSelector()
        self._connections: list[Connection] = []
        self._open: list[bytes] = []
        self._sent = [0.0] * len(clients)
        self._waiting: list[tuple[float, int]] = []
        self._left = len(clients)
        self._heard = Heard()

    def play(self) -> Heard:
        try:
            for turn in range(len(self._clients)):
                self._connections.append(self._connect(turn))
            self._open = [next(client) for client in self._clients]
            self._began = time.time()
            for turn in range(len(self._clients)):
                self._send(turn)
            while self._left:
                while self._waiting and self._waiting[0][0] <= time.time():
                    self._send(heapq.heappop(self._waiting)[1])
                pause = self._waiting[0][0] - time.time() if self._waiting else 1.0
                for key, _ in self._selector.select(max(0.0, min(pause, 1.0))):
                    self._take(key.data)
            return self._heard
        finally:
            for connection in self._connections:
                connection.socket.close()
            self._selector.close()

    def _connect(self, turn: int) -> Connection:
        connection = Connection(*self._place)
        self._selector.register(connection.socket, selectors.EVENT_READ, turn)
        return connection

    def _send(self, turn: int) -> None:
        self._sent[turn] = time.time()
        self._connections[turn].send(self._open[turn], turn=turn)

    def _take(self, turn: int) -> None:
        connection = self._connections[turn]
        try:
            answer = connection.receive()
        except ConnectionError:
            if connection.turn >= 0:
                raise
            self._replace(turn)
            return
        if answer is None:
            return
        connection.turn = -1
        now = time.time()
        self._heard.statuses[answer.status] += 1
        self._heard.answers.append((now - self._sent[turn]) * 1000)
        if answer.closes:
            self._replace(turn)
        if answer.status in COME_AGAIN and answer.retry_after is not None:
            heapq.heappush(self._waiting, (now + answer.retry_after, turn))
            return
        self._heard.bare_errors += answer.status >= 500
        try:
            self._open[turn] = self._clients[turn].send(answer)
        except StopIteration:
            self._left -= 1
            self._heard.clients.append((now - self._began) * 1000)
        else:
            self._send(turn)

    def _replace(self, turn: int) -> None:
        self._selector.unregister(self._connections[turn].socket)
        self._connections[turn].socket.close()
        self._connections[turn] = self._connect(turn)
