"""A traveller at the public door who keeps asking while everything fails, and notes when each answer came."""

import threading
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import httpx

from aerosaga.invariants import Operation
from common import codec
from tests.reliability.faults.system import System
from tests.reliability.traveller import Traveller, wanted
from tests.stack import Json

PAUSE_SECONDS = 0.5
# Departures that may be cancelled, and those whose free seats, some 150 of each, are kept for the run.
DOOMED, KEPT = 60, 60
WALLET = Decimal("1000000.00")


class Stopped(Exception):
    """Raised in the middle of an errand when the run is over; what was asked was answered."""


class SoldOut(Exception):
    """Raised when every seat that was kept for the run has been asked for."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """When something was asked and answered, by time.monotonic(), and how."""

    asked_at: float
    at: float
    outcome: str
    status: int


class Caller(Traveller):
    """
    Shared by all clients of a run, each in a thread of its own.

    Its history is that of everything asked through the door. What must not fail, the free seats and a full wallet, it
    gets before the first fault; the seats are those of `kept` departures.
    """

    def __init__(self, system: System, *, kept: int = KEPT) -> None:
        super().__init__(system.door)
        self._system = system
        self.stopping = threading.Event()
        self.answers: list[Answer] = []
        self._asking = threading.local()  # since when each client waits for its answer
        # From the end: earlier departures are for whoever cancels some.
        self.doomed = deque(each["departureId"] for each in system.stack.departures[:DOOMED][::-1])
        self._seats = deque(
            (each["departureId"], number)
            for each in system.stack.departures[DOOMED : DOOMED + kept]
            for number in system.stack.free_seats(each["departureId"])
        )
        self.by_id = {each["departureId"]: each for each in system.stack.departures}
        self.wallet = self._full_wallet()
        self.operator_token = system.stack.operator_token

    @property
    def seats_left(self) -> int:
        """How many seats nobody has asked for."""
        return len(self._seats)

    def place(self) -> tuple[int, str]:
        """
        Take a seat that nobody else asks for.

        :raises SoldOut: if there is none left
        """
        if not self._seats:
            raise SoldOut("There are no free seats left to ask for. Make the run shorter.")
        return self._seats.popleft()

    def there(self, departure_id: int, *numbers: str, **wish: Any) -> Json | None:
        """Ask for these seats; return the reservation, pending, or None if it is refused."""
        answer = self.answered("booking", "/reservations", wanted({departure_id: numbers}, **wish))
        return codec.loads(answer.content) if answer.status_code == 202 else None

    def seen(self, path: str, *, token: str | None = None, until: float = 60.0, **query: Any) -> Any:
        """
        GET until there is a good answer; return its body.

        :raises Stopped: if the run ends before
        """
        end = time.monotonic() + until
        while time.monotonic() < end and not self.stopping.is_set():
            began = time.monotonic()
            try:
                answer = self.stack.ask("GET", "gateway", path, token=token, params=query or None)
            except httpx.TransportError:
                self._note(began, outcome="info", status=0)
            else:
                good = answer.status_code == 200
                self._note(began, outcome="ok" if good else "fail", status=answer.status_code)
                if good:
                    return codec.loads(answer.content)
            self.stopping.wait(PAUSE_SECONDS)
        raise Stopped

    def put(self, path: str, rows: list[Json], *, until: float = 180.0) -> None:
        """
        PUT as an operator until it is acknowledged; the same again changes nothing.

        :raises TimeoutError: if it never is
        """
        end = time.monotonic() + until
        while time.monotonic() < end:
            began = time.monotonic()
            try:
                status = self.stack.ask("PUT", "gateway", path, rows, token=self.operator_token).status_code
            except httpx.TransportError:
                status = 0
            self._note(began, outcome="ok" if status == 200 else "info", status=status)
            if status == 200:
                return
            time.sleep(PAUSE_SECONDS)
        raise TimeoutError(f"PUT {path} was not acknowledged within {until:.0f} s; the last answer was {status}")

    def follow(self, reservation: Json, *, until: float = 60.0) -> Json:
        """
        Return a reservation once it is no longer pending.

        :raises Stopped: if the run ends before
        """
        end = time.monotonic() + until
        while time.monotonic() < end:
            now = self.seen(f"/reservations/{reservation['locator']}", token=reservation["accessToken"], until=until)
            if now["status"] != "pending":
                return dict(now)
            self.stopping.wait(PAUSE_SECONDS)
        raise Stopped

    def look_around(self) -> None:
        """Ask every service itself, a few times, whether it is well."""
        direct = Traveller(self._system.stack)
        direct.look_around()
        self.history += direct.history

    def _ask(
        self, method: str, service: str, path: str, body: Any, *, key: str, token: str | None
    ) -> httpx.Response | None:
        self._asking.since = time.monotonic()
        return super()._ask(method, service, path, body, key=key, token=token)

    def _record(self, told: Operation) -> None:
        super()._record(told)
        self._note(self._asking.since, outcome=told.outcome, status=told.status)

    def _note(self, began: float, *, outcome: str, status: int) -> None:
        self.answers.append(Answer(asked_at=began, at=time.monotonic(), outcome=outcome, status=status))

    def _free_places(self) -> Iterator[tuple[int, str]]:
        while True:
            yield self.place()

    def _full_wallet(self) -> str:
        operate = self._system.stack.operate
        token = str(operate("POST", "payment", "/wallets", {"currency": "USD"})["token"])
        deposit = {"amount": WALLET, "currency": "USD", "reference": "for the whole run"}
        operate("POST", "payment", f"/wallets/{token}/deposits", deposit)
        return token


def reservations(history: list[Operation]) -> int:
    """Return how many reservations were acknowledged."""
    return sum(each.what == "POST /reservations" and each.outcome == "ok" for each in history)
