"""A small discrete-event simulation: jobs that wait for servers, and servers that share the cores of a machine."""

from __future__ import annotations

import heapq
import math
from collections import deque
from collections.abc import Callable
from itertools import count

Then = Callable[[], None]


class Simulation:
    """
    Time, and what happens in it.

    Work in progress shares `cores` evenly, each piece using one at most, as the scheduler of an operating system shares
    them among threads; with an endless number of cores each piece has one of its own.
    """

    def __init__(self, *, cores: float = math.inf) -> None:
        self.now = 0.0
        self._cores = cores
        self._order = count()
        self._ahead: list[tuple[float, int, Then]] = []
        # Work in progress by when it ends in virtual time, of which each piece gets as much as every other: whoever
        # comes or goes changes the pace for all, and the order of nobody.
        self._virtual = 0.0
        self._working: list[tuple[float, int, Then]] = []

    def after(self, seconds: float, then: Then) -> None:
        """Have something happen so many seconds from now."""
        heapq.heappush(self._ahead, (self.now + seconds, next(self._order), then))

    def work(self, seconds: float, then: Then) -> None:
        """Have so many seconds of CPU spent from now on, and then something happen."""
        heapq.heappush(self._working, (self._virtual + seconds, next(self._order), then))

    def run(self, until: float = math.inf) -> None:
        """Let all happen that does, in order, until that time or until nothing is left."""
        while self._ahead or self._working:
            timed = self._ahead[0][0] if self._ahead else math.inf
            ends = self.now + (self._working[0][0] - self._virtual) / self._pace if self._working else math.inf
            at = min(timed, ends)
            if at > until:
                return
            self._virtual += (at - self.now) * self._pace
            self.now = at
            _, _, then = heapq.heappop(self._working if ends <= timed else self._ahead)
            then()

    @property
    def _pace(self) -> float:
        return min(1.0, self._cores / len(self._working)) if self._working else 1.0


class Station:
    """So many servers with one line before them: who comes first is served first, each by one server."""

    def __init__(self, simulation: Simulation, *, servers: int) -> None:
        self._simulation = simulation
        self._servers = servers
        self._busy = 0
        self._line: deque[tuple[float, float, Then]] = deque()
        #: CPU seconds of all that was served, and what each waited in line.
        self.used = 0.0
        self.waits: list[float] = []

    def serve(self, seconds: float, then: Then) -> None:
        """Have a job served that takes so many CPU seconds, and then something happen."""
        self._line.append((self._simulation.now, seconds, then))
        self._next()

    def utilisation(self, seconds: float) -> float:
        """Return which part of its servers' time was used in so many seconds."""
        return self.used / self._servers / seconds

    def _next(self) -> None:
        if self._busy == self._servers or not self._line:
            return
        came, seconds, then = self._line.popleft()
        self._busy += 1
        self.used += seconds
        self.waits.append(self._simulation.now - came)

        def done() -> None:
            self._busy -= 1
            self._next()
            then()

        self._simulation.work(seconds, done)


def erlang_c(*, servers: int, load: float) -> float:
    """
    Return the probability that who comes has to wait, with `load` servers busy on average (M/M/c; Erlang 1917).

    :raises ValueError: if the load is more than the servers can carry
    """
    if not 0 <= load < servers:
        raise ValueError(f"{servers} servers cannot carry a load of {load:g}: the line before them grows without end.")
    blocked = 1.0  # Erlang B, one server after the other
    for number in range(1, servers + 1):
        blocked = load * blocked / (number + load * blocked)
    return blocked / (1 - load / servers * (1 - blocked))
