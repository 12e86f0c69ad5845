"""The load: requests sent over some connections, as fast as they are answered or at fixed times."""

from __future__ import annotations

import heapq
import selectors
import time
from collections.abc import Sequence
from dataclasses import dataclass

from bench.wire import Answer, Connection

# What is refused for now is asked for again when the answer says so, by who has nothing else to do until then.
COME_AGAIN = (429, 503)
LONGEST_SELECT_SECONDS = 1.0


@dataclass(frozen=True, kw_only=True)
class Sent:
    """
    What became of one request; times are Unix seconds.

    `due` is when it was first sent, or with a fixed rate when it was to be sent, so that a stall is charged to the
    system. `refusals` is how often it was told to come again before it got its answer.
    """

    due: float
    answered: float
    answer: Answer
    refusals: int


def run(requests: Sequence[bytes], *, host: str, port: int, connections: int, rate: float | None) -> list[Sent]:
    """
    Send `rate` requests a second at even distances, or without a rate each as soon as a connection is free.

    A client whose request is refused with Retry-After waits for that long and sends it again, as people's clients do;
    without a rate it sends nothing else meanwhile.

    :raises ConnectionError: if a connection breaks while a request is open, whose fate no figure could tell
    """
    return _Load(requests, host=host, port=port, connections=connections, rate=rate).run()


class _Load:
    def __init__(
        self, requests: Sequence[bytes], *, host: str, port: int, connections: int, rate: float | None
    ) -> None:
        self._requests = requests
        self._place = (host, port)
        self._connections = connections
        self._rate = rate
        self._selector = selectors.DefaultSelector()
        self._idle: list[Connection] = []
        # When to send again what was refused, and which request that is, the earliest first.
        self._again: list[tuple[float, int]] = []
        self._answers: dict[int, tuple[float, Answer]] = {}
        self._refusals = [0] * len(requests)
        self._following = 0

    def run(self) -> list[Sent]:
        try:
            return self._run()
        finally:
            for key in list(self._selector.get_map().values()):
                key.data.socket.close()
            self._selector.close()

    def _run(self) -> list[Sent]:
        for _ in range(self._connections):
            self._open()
        began = time.time()
        total = len(self._requests)
        self._due = [began + turn / self._rate if self._rate else 0.0 for turn in range(total)]
        while len(self._answers) < total:
            wait = self._send()
            for key, _ in self._selector.select(wait):
                self._take(key.data)
        return [
            Sent(due=self._due[turn], answered=answered, answer=answer, refusals=self._refusals[turn])
            for turn, (answered, answer) in sorted(self._answers.items())
        ]

    def _send(self) -> float:
        """Send what is due over what is free; return how long nothing else will be due, in seconds."""
        while self._idle:
            now = time.time()
            if self._again and self._again[0][0] <= now:
                self._idle.pop().send(self._requests[turn := heapq.heappop(self._again)[1]], turn=turn)
            elif self._may_send_new() and self._due[self._following] <= now:
                turn, self._following = self._following, self._following + 1
                self._due[turn] = self._due[turn] or now
                self._idle.pop().send(self._requests[turn], turn=turn)
            else:
                break
        if not self._idle:
            return LONGEST_SELECT_SECONDS
        ahead = [at for at, _ in self._again[:1]]
        if self._may_send_new():
            ahead.append(self._due[self._following])
        return max(0.0, min([each - time.time() for each in ahead] + [LONGEST_SELECT_SECONDS]))

    def _may_send_new(self) -> bool:
        if self._following >= len(self._requests):
            return False
        # In a closed loop each client has one request: those who wait to come again send nothing else.
        return self._rate is not None or len(self._idle) > len(self._again)

    def _open(self) -> None:
        connection = Connection(*self._place)
        self._selector.register(connection.socket, selectors.EVENT_READ, connection)
        self._idle.append(connection)

    def _take(self, connection: Connection) -> None:
        try:
            answer = connection.receive()
        except ConnectionError:
            if connection not in self._idle:
                raise
            self._idle.remove(connection)
            self._replace(connection)
            return
        if answer is None:
            return
        now, turn = time.time(), connection.turn
        if answer.status in COME_AGAIN and answer.retry_after is not None:
            self._refusals[turn] += 1
            heapq.heappush(self._again, (now + answer.retry_after, turn))
        else:
            self._answers[turn] = (now, answer)
        if answer.closes:
            self._replace(connection)
        else:
            self._idle.append(connection)

    def _replace(self, connection: Connection) -> None:
        self._selector.unregister(connection.socket)
        connection.socket.close()
        self._open()
