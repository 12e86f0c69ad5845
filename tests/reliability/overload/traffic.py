"""What the crowd asks for: searches of three kinds, and reservations of seats nobody else asks for."""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import cycle
from urllib.parse import urlsplit
from uuid import uuid4

from common import codec
from tests.reliability.overload.client import Answer, Plan
from tests.stack import Stack

#: Of so many requests one is a reservation: people look more often than they book.
ONE_IN = 5
SEARCH, BOOK = "search", "book"


@dataclass(frozen=True, kw_only=True)
class Sent:
    """
    What was answered; `client_share` is what the client took of one processor, `behind_seconds` by how much it was late
    itself with one request in a hundred.
    """

    answers: Sequence[Answer]
    client_share: float
    behind_seconds: float


class Traffic:
    """Makes requests for a running system, and has a process of its own send them through the public door."""

    def __init__(self, stack: Stack) -> None:
        self._door = urlsplit(stack.urls["gateway"])
        self._searches = cycle(_searches(stack))
        self._stack = stack
        self._places = self._free_places()
        self._given_back: list[tuple[int, str]] = []
        #: The place each reservation asked for, by its key.
        self._asked: dict[str, tuple[int, str]] = {}

    def send(self, *, a_second: float, seconds: float, token: str = "tok_visa", one_in: int = ONE_IN) -> Sent:
        """Send so many requests a second for so long, one in `one_in` a reservation paid with `token`."""
        count = max(1, round(a_second * seconds))
        requests = [
            self._reservation(token)
            if one_in and number % one_in == 0
            else [SEARCH, "GET", next(self._searches), "", ""]
            for number in range(count)
        ]
        host, port = str(self._door.hostname), int(self._door.port or 80)
        plan = Plan(host=host, port=port, a_second=a_second, requests=requests)
        done = subprocess.run(
            [sys.executable, "-m", "tests.reliability.overload.client"],
            input=json.dumps(asdict(plan)),
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        said = json.loads(done.stdout)
        answers = [Answer(**each) for each in said["answers"]]
        for answer in answers:
            # What was refused for sure can be asked for again; where nothing was answered, nobody knows.
            if answer.kind == BOOK and answer.status in {429, 503}:
                self._given_back.append(self._asked[answer.key])
        share = said["processor_seconds"] / seconds
        return Sent(answers=answers, client_share=share, behind_seconds=said["behind_seconds"])

    def _reservation(self, token: str) -> list[str]:
        departure_id, seat = self._given_back.pop() if self._given_back else next(self._places)
        key = str(uuid4())
        self._asked[key] = departure_id, seat
        body = {
            "departures": [{"departureId": departure_id, "seats": [seat]}],
            "passengers": [{"firstName": "Ada", "lastName": "Lovelace"}],
            "contact": {"email": f"ada-{key[:8]}@example.org"},
            "payments": [{"kind": "card", "token": token}],
        }
        return [BOOK, "POST", "/reservations", codec.dumps(body), key]

    def _free_places(self) -> Iterator[tuple[int, str]]:
        for departure in self._stack.departures:
            for number in self._stack.free_seats(departure["departureId"]):
                yield departure["departureId"], number


def _searches(stack: Stack) -> Iterator[str]:
    for departure in stack.departures[:40]:
        day = departure["departsAt"][:10]
        yield f"/departures?from={departure['origin']}&to={departure['destination']}&date={day}"
        yield f"/departures/{departure['departureId']}/seats"
        yield f"/departures?from={departure['origin']}&to={departure['destination']}&date={day}&page_size=20"
        yield f"/availability?departureId={departure['departureId']}"
