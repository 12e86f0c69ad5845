"""A client that repeats what got no answer, with its key, and writes down all it was told."""

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import uuid4

import httpx

from aerosaga.invariants import Operation
from aerosaga.invariants.answers import TAIL
from common import codec
from common.contracts.subscriptions import SERVICES
from tests.stack import Json, Stack

# Longer than a busy machine needs to start a web process again, a few times.
PATIENCE_SECONDS = 100
# What a client may try again: too many at once, nobody there, not now, too slow.
_AGAIN = {429, 502, 503, 504}
_STILL_AT_IT = "idempotency_key_in_use"


class Traveller:
    """Sends requests of many scenes at once; `history` is what they were answered, in order."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.history: list[Operation] = []
        self._lock = threading.Lock()
        self._places = self._free_places()

    def reserve(self, seats: int = 1, **wish: Any) -> Json:
        """Ask for seats nobody else asks for, and return the reservation, pending."""
        with self._lock:
            places = [next(self._places) for _ in range(seats)]
        legs: dict[int, list[str]] = {}
        for departure_id, number in places:
            legs.setdefault(departure_id, []).append(number)
        if len(legs) > 1:  # the last seat of one departure and the first of the next
            return self.reserve(seats, **wish)
        body = wanted(legs, **wish)
        return self.send("booking", "/reservations", body)

    def send(
        self, service: str, path: str, body: Json, *, token: str | None = None, or_refused: int | None = None
    ) -> Json:
        """POST as `answered` does, and return the body; the answer must be good, or have the status `or_refused`."""
        answer = self.answered(service, path, body, token=token)
        assert answer.status_code in {200, 201, 202, or_refused}, f"POST {path}: {answer.status_code} {answer.text}"
        return codec.loads(answer.content)

    def answered(
        self, service: str, path: str, body: Json, *, token: str | None = None, key: str | None = None
    ) -> httpx.Response:
        """POST until there is an answer to go by, always with the same key; return it, good or not."""
        key = key or str(uuid4())
        end = time.monotonic() + PATIENCE_SECONDS
        while True:
            answer = self._ask(service, path, body, key=key, token=token)
            if answer is not None:
                return answer
            assert time.monotonic() < end, f"POST {path} got no answer to go by in {PATIENCE_SECONDS} s"
            time.sleep(0.3)

    def look_around(self) -> None:
        """Ask every service, a few times, whether it is well, when everything is healed."""
        for service in SERVICES:
            for _ in range(TAIL):
                answer = self.stack.ask("GET", service, "/readyz")
                outcome = "ok" if answer.status_code == 200 else "fail"
                self.history.append(
                    Operation(service=service, what="GET /readyz", outcome=outcome, status=answer.status_code)
                )

    def _ask(self, service: str, path: str, body: Json, *, key: str, token: str | None) -> httpx.Response | None:
        told: dict[str, Any] = {"service": service, "what": f"POST {path}", "key": key, "asked": codec.dumps(body)}
        try:
            answer = self.stack.ask("POST", service, path, body, token=token, headers={"Idempotency-Key": key})
        except httpx.TransportError:
            self.history.append(Operation(**told, outcome="info", status=0))
            return None
        status = answer.status_code
        if status in _AGAIN or (status == 409 and _STILL_AT_IT in answer.text):
            self.history.append(Operation(**told, outcome="info", status=status))
            return None
        done = status in {200, 201, 202}
        locator = codec.loads(answer.content).get("locator") if done else None
        self.history.append(Operation(**told, outcome="ok" if done else "fail", status=status, locator=locator))
        return answer

    def _free_places(self) -> Iterator[tuple[int, str]]:
        while True:
            departure_id = self.stack.departure()["departureId"]
            for number in self.stack.free_seats(departure_id):
                yield departure_id, number


def wanted(legs: Mapping[int, Sequence[str]], **wish: Any) -> Json:
    """Return the body that asks for these seats by departure, paid at once with a good card unless wished otherwise."""
    seats = max(len(numbers) for numbers in legs.values())
    return {
        "departures": [{"departureId": departure_id, "seats": list(numbers)} for departure_id, numbers in legs.items()],
        "passengers": [{"firstName": "Ada", "lastName": f"Lovelace-{place}"} for place in range(seats)],
        "contact": {"email": "ada@example.org"},
        **({} if wish.get("payLater") else {"payments": [{"kind": "card", "token": "tok_visa"}]}),
        **wish,
    }
