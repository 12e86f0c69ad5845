"""The systems that are measured, and what the driver needs to know of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from bench.asking import Ask
from bench.wire import Answer

Status = Literal["confirmed", "failed", "pending"]
#: The group of what stands for somebody else's system, such as the bank; counted apart.
OUTSIDE = "outside"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """A reservation as its database has it; times are Unix seconds."""

    status: Status
    completed_at: float | None


@dataclass(frozen=True, kw_only=True)
class Lag:
    """An event that happened `at` (Unix seconds) was confirmed by the broker so many milliseconds later."""

    at: float
    ms: float


class System(Protocol):
    """One system on this machine with fresh data."""

    name: str
    host: str
    port: int

    def start(self) -> None:
        """Start everything, with nothing booked and at least 6,000 free seats, and return when it is ready."""

    def stop(self) -> None:
        """End everything that `start` started."""

    def request(self, ask: Ask) -> tuple[str, bytes, Mapping[str, str]]:
        """Return path, body and headers of the request for a seat."""

    def accepted(self, answer: Answer) -> str | None:
        """
        Return the name of the reservation that an answer promises, None if it refuses a seat that is taken.

        :raises ValueError: if it is neither
        """

    def roots(self) -> Mapping[str, int]:
        """Return the process ids under which every process of the system is, its servers included, by name."""

    def ended(self) -> int:
        """Return how many reservations are confirmed or failed."""

    def outcomes(self) -> Mapping[str, Outcome]:
        """Return every reservation by its name."""

    def counters(self) -> Mapping[str, int]:
        """Return what its servers count; "commits" and "fsyncs" are those of its databases."""

    def depths(self) -> Mapping[str, int]:
        """Return how much waits, by where: messages in queues, rows in outboxes."""

    def settle(self) -> None:
        """Wait until nothing moves any more: every event told and heard, all money where it belongs."""

    def lags(self, since: float) -> Sequence[Lag]:
        """Return how long each event since then waited until it was published; nothing if there are no events."""

    def group(self, process: str) -> str:
        """Return what a process of `roots` is for; OUTSIDE if it stands for somebody else's system."""

    def violations(self) -> Sequence[str]:
        """Return what is not as it must be, looked up in the databases."""

    def versions(self) -> Mapping[str, str]:
        """Return the versions and settings that a figure depends on."""
