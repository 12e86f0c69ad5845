"""The pipeline of a booking as stations of a simulation: clients, webs, commands, relays, consumers, servers."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from bench.figures import percentile
from bench.queueing import Simulation, Station, Then

#: Visits of one step in their order: a process, and which part of all that it spends on a booking it spends here.
Step = Sequence[tuple[str, float]]

# What the servers do for a step follows the statements that were counted of each (bench.steps), and its messages.
REQUEST: Step = (("nginx", 1), ("booking-web", 1), ("mariadb", 0.30), ("redis", 0.5), ("rabbitmq", 0.15))
AUTHORIZE: Step = (("payment-worker", 1), ("bank", 0.7), ("mariadb", 0.22), ("redis", 0.25), ("rabbitmq", 0.15))
CONFIRM: Step = (("booking-worker", 1), ("mariadb", 0.29), ("redis", 0.25), ("rabbitmq", 0.10))
RELAY: Step = (("booking-sweeper", 1), ("payment-sweeper", 1), ("rabbitmq", 0.60))
#: What follows an event, side by side; nobody waits for it.
HEARING: Sequence[Step] = (
    (("payment-consumer", 1), ("payment-settler", 1), ("bank", 0.3), ("mariadb", 0.14)),
    (("booking-consumer", 1),),
    (("auditor-consumer", 1),),
    (("gateway-stream", 1),),
    (("notification-consumer", 1), ("notification-sweeper", 1), ("notification-deliverer", 1), ("smtp", 1)),
    (("mariadb", 0.05),),
)
# A relay looks this often; an event waits half of it on average.
RELAY_SECONDS = 0.5
#: Everything that no step names, whatever it does: spent beside, because it was there when it was measured.
REST = "all else"
#: Servers that use many cores at once; everything else is processes of Python, of which each uses one.
SHARED = ("mariadb", "rabbitmq", "nginx")


@dataclass(kw_only=True)
class Booked:
    """What became of the bookings of a simulation: seconds until the answer and until the end, and when each ended."""

    answers: list[float] = field(default_factory=list)
    sagas: list[float] = field(default_factory=list)
    answered_at: list[float] = field(default_factory=list)
    ended_at: list[float] = field(default_factory=list)

    @property
    def requests_a_second(self) -> float:
        return len(self.answered_at) / max(self.answered_at)

    @property
    def sagas_a_second(self) -> float:
        return len(self.ended_at) / max(self.ended_at)

    def saga_ms(self, percent: float) -> float:
        return (percentile(self.sagas, percent) or 0.0) * 1000

    def answer_ms(self, percent: float) -> float:
        return (percentile(self.answers, percent) or 0.0) * 1000


class Pipeline:
    """
    A booking system with what each booking costs in it.

    :param cpu: CPU seconds of a booking by process, as they were measured
    :param servers: how many of each process there are, or how many cores a server of SHARED may use; 1 if not named
    :param cores: the cores all of them share, or infinity if each has its own
    """

    def __init__(
        self, cpu: Mapping[str, float], *, servers: Mapping[str, int], cores: float, rng: random.Random
    ) -> None:
        self.simulation = Simulation(cores=cores)
        self._rng = rng
        named = {name for step in (REQUEST, AUTHORIZE, CONFIRM, RELAY, *HEARING) for name, _ in step}
        self._cpu: dict[str, float] = defaultdict(float)
        for name, used in cpu.items():
            self._cpu[name if name in named else REST] += used
        self.stations = {
            name: Station(self.simulation, servers=servers.get(name, 1)) for name in {*named, REST} if self._cpu[name]
        }
        self.booked = Booked()

    def book(self, answered: Then = lambda: None) -> None:
        """Begin a booking now; `answered` happens when its request is."""
        began = self.simulation.now

        def note_answer() -> None:
            self.booked.answers.append(self.simulation.now - began)
            self.booked.answered_at.append(self.simulation.now)
            self._follow([AUTHORIZE, CONFIRM], note_end)
            answered()

        def note_end() -> None:
            self.booked.sagas.append(self.simulation.now - began)
            self.booked.ended_at.append(self.simulation.now)
            self.simulation.after(self._rng.uniform(0, RELAY_SECONDS), lambda: self._follow([RELAY], self._hear))

        self._follow([REQUEST], note_answer)
        self._visit(iter([(REST, 1.0)]), lambda: None)

    def _hear(self) -> None:
        for step in HEARING:
            self._follow([step], lambda: None)

    def _follow(self, steps: Sequence[Step], then: Then) -> None:
        self._visit((visit for step in steps for visit in step), then)

    def _visit(self, visits: Iterator[tuple[str, float]], then: Then) -> None:
        for name, part in visits:
            if name in self.stations:
                # How much one booking differs from the next was not measured: at random around the mean.
                seconds = self._rng.expovariate(1.0) * self._cpu[name] * part
                self.stations[name].serve(seconds, lambda: self._visit(visits, then))
                return
        then()


def closed(pipeline: Pipeline, *, clients: int, requests: int) -> Booked:
    """Let each client ask for its next booking when it was answered, until there were so many; run to the end."""
    left = requests

    def ask() -> None:
        nonlocal left
        if left:
            left -= 1
            pipeline.book(ask)

    for _ in range(clients):
        ask()
    pipeline.simulation.run()
    return pipeline.booked


def steady(pipeline: Pipeline, *, rate: float, requests: int, gap: Callable[[float], float] | None = None) -> Booked:
    """Ask for a booking at even distances, or after a `gap` drawn for the rate, whatever is answered, to the end."""
    at = 0.0
    for _ in range(requests):
        pipeline.simulation.after(at, pipeline.book)
        at += 1 / rate if gap is None else gap(rate)
    pipeline.simulation.run()
    return pipeline.booked
