"""A client that repeats what got no answer, with its key, and writes down all it was told."""

import random
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, TypeVar
from uuid import uuid4

import httpx

from aerosaga.invariants import Operation
from aerosaga.invariants.answers import TAIL
from common import codec
from common.contracts.subscriptions import SERVICES
from tests.stack import Json, Stack, wait

T = TypeVar("T")

# Longer than a busy machine needs to start a web process again, a few times.
PATIENCE_SECONDS = 100
# What a client may try again: too many at once, nobody there, not now, too slow.
_AGAIN = {429, 502, 503, 504}
_DONE = {200, 201, 202, 204}
_STILL_AT_IT = "idempotency_key_in_use"


class Traveller:
    """Sends requests of many scenes at once; `history` is what they were answered, in order."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.history: list[Operation] = []
        self._lock = threading.Lock()
        self._places = self._free_places()

    def departure(self) -> Json:
        """Return a departure that nobody else books on."""
        with self._lock:
            return self.stack.departure()

    def reserve(self, seats: int = 1, *, departure: Json | None = None, **wish: Any) -> Json:
        """Ask for seats nobody else asks for, of a departure or of any, and return the reservation, pending."""
        legs = self._legs(seats) if departure is None else self._legs_of(departure, seats)
        body = wanted(legs, **wish)
        return self.send("booking", "/reservations", body)

    def send(
        self,
        service: str,
        path: str,
        body: Any,
        *,
        method: str = "POST",
        token: str | None = None,
        or_refused: int | Collection[int] = (),
    ) -> Json:
        """Send as `answered` does, and return the body; the answer must be good, or have a status in `or_refused`."""
        answer = self.answered(service, path, body, method=method, token=token)
        refusals = {or_refused} if isinstance(or_refused, int) else set(or_refused)
        assert answer.status_code in _DONE | refusals, f"{method} {path}: {answer.status_code} {answer.text}"
        found: Json = codec.loads(answer.content) if answer.content else {}
        return found

    def answered(
        self,
        service: str,
        path: str,
        body: Any,
        *,
        method: str = "POST",
        token: str | None = None,
        key: str | None = None,
    ) -> httpx.Response:
        """Send a request until there is an answer to go by, always with the same key; return it, good or not."""
        key = key or str(uuid4())
        end = time.monotonic() + PATIENCE_SECONDS
        while True:
            answer = self._ask(method, service, path, body, key=key, token=token)
            if answer is not None:
                return answer
            assert time.monotonic() < end, f"{method} {path} got no answer to go by in {PATIENCE_SECONDS} s"
            time.sleep(0.3)

    def look(self, service: str, path: str, *, token: str | None = None, or_refused: int | Collection[int] = ()) -> Any:
        """GET until there is an answer to go by, and return its body."""
        return self.send(service, path, None, method="GET", token=token, or_refused=or_refused)

    def patiently(self, look: Callable[[], T], *, what: str) -> T:
        """Return what `look` returns, asked again and again for as long as who is asked dies or has too much to do."""

        def found() -> tuple[T] | None:
            try:
                return (look(),)
            except (AssertionError, httpx.TransportError):
                return None

        return wait(found, what=what, seconds=PATIENCE_SECONDS)[0]

    def look_around(self) -> None:
        """Ask every service, a few times, whether it is well, when everything is healed."""
        for service in SERVICES:
            for _ in range(TAIL):
                answer = self.stack.ask("GET", service, "/readyz")
                outcome = "ok" if answer.status_code == 200 else "fail"
                self.history.append(
                    Operation(service=service, what="GET /readyz", outcome=outcome, status=answer.status_code)
                )

    def _ask(
        self, method: str, service: str, path: str, body: Any, *, key: str, token: str | None
    ) -> httpx.Response | None:
        told: dict[str, Any] = {"service": service, "what": f"{method} {path}", "asked": codec.dumps(body)}
        headers = {"Idempotency-Key": key} if method == "POST" else {}
        # As through the public door, from everywhere: limits of guessing are not what is tried here.
        headers["X-Forwarded-For"] = ".".join(str(random.randrange(1, 255)) for _ in range(4))
        told |= {"key": key} if method == "POST" else {}
        try:
            answer = self.stack.ask(method, service, path, body, token=token, headers=headers)
        except httpx.TransportError:
            self._record(Operation(**told, outcome="info", status=0))
            return None
        status = answer.status_code
        if status in _AGAIN or (status == 409 and _STILL_AT_IT in answer.text):
            self._record(Operation(**told, outcome="info", status=status))
            return None
        done = status in _DONE
        shown = codec.loads(answer.content) if done and answer.content else {}
        locator = shown.get("locator") if isinstance(shown, dict) else None
        self._record(Operation(**told, outcome="ok" if done else "fail", status=status, locator=locator))
        return answer

    def _record(self, told: Operation) -> None:
        """Keep what was answered, or that nothing was."""
        self.history.append(told)

    def _legs(self, seats: int) -> dict[int, list[str]]:
        with self._lock:
            places = [next(self._places) for _ in range(seats)]
        if len({departure_id for departure_id, _ in places}) > 1:  # the last seat of one and the first of the next
            return self._legs(seats)
        return {places[0][0]: [number for _, number in places]}

    def _legs_of(self, departure: Json, seats: int) -> dict[int, list[str]]:
        number = departure["departureId"]
        return {number: self._free_seats(number)[:seats]}

    def _free_seats(self, departure_id: int) -> list[str]:
        return self.patiently(lambda: self.stack.free_seats(departure_id), what="the free seats")

    def _free_places(self) -> Iterator[tuple[int, str]]:
        while True:
            departure_id = self.stack.departure()["departureId"]
            for number in self._free_seats(departure_id):
                yield departure_id, number


def wanted(legs: Mapping[int, Sequence[str]], **wish: Any) -> Json:
    """Return the body that asks for these seats by departure, paid at once with a good card unless wished otherwise."""
    seats = max(len(numbers) for numbers in legs.values())
    return {
        "departures": [{"departureId": departure_id, "seats": list(numbers)} for departure_id, numbers in legs.items()],
        "passengers": [{"firstName": "Ada", "lastName": f"Lovelace-{place}"} for place in range(seats)],
        # Somebody else each time: one person may hold only so many seats without paying.
        "contact": {"email": f"ada-{uuid4()}@example.org"},
        **({} if wish.get("payLater") else {"payments": [{"kind": "card", "token": "tok_visa"}]}),
        **wish,
    }
