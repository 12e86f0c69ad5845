"""The running system as a test sees it: over HTTP, with the operators' token, and real departures to book on."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any, TypeVar

import httpx

from aerosaga import fares, timetable
from booking_svc.domain import magic_seats
from common import codec
from common.contracts.subscriptions import SERVICES
from deploy import ways
from deploy.state import State
from deploy.topology import Way

Json = dict[str, Any]
T = TypeVar("T")

DAYS = 3
# All of New York's departures would be a thousand a day; a test needs some dozens.
ROUTES = {("JFK", "LAX"), ("JFK", "SFO"), ("JFK", "BOS"), ("EWR", "ORD"), ("LGA", "ATL")}


class Stack:
    """
    One running Aerosaga.

    `state` says where everything is; `departures` are those on sale, as flight_svc shows them, earliest first.
    """

    def __init__(self, state: State) -> None:
        self.state = state
        self.urls = state.urls
        self.operator_token = state.operator_token
        self.departures: list[Json] = []
        self._unused: Iterator[Json] = iter(())
        self._http = httpx.Client(timeout=30, trust_env=False)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def ask(
        self, method: str, service: str, path: str, body: Any = None, *, token: str | None = None, **options: Any
    ) -> httpx.Response:
        """
        Send a request to a service (or "bank") and return its answer, whatever it is.

        `options` are httpx's; decimals of the body are sent exactly. Read the answer with `read` to get exact ones.
        """
        headers = {"Content-Type": "application/json"} if body is not None else {}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        headers |= options.pop("headers", {})
        content = None if body is None else codec.dumps(body).encode()
        return self._http.request(method, self.urls[service] + path, content=content, headers=headers, **options)

    def operate(self, method: str, service: str, path: str, body: Any = None, **options: Any) -> Any:
        """Do as an operator what must succeed, and return what it answers."""
        return read(self.ask(method, service, path, body, token=self.operator_token, **options), 200, 201, 202)

    def departure(self) -> Json:
        """Return a departure that no other test uses."""
        return next(self._unused)

    def free_seats(self, departure_id: int, *, cabin: str = "economy") -> list[str]:
        """Return the numbers of the seats that are free now and not magic, front to back."""
        shown = read(self.ask("GET", "booking", f"/departures/{departure_id}/seats"))
        places = _places(shown, cabin)
        return [number for number, place in places if place["state"] == "free" and number not in magic_seats.SWITCHES]

    def seat(self, departure_id: int, number: str) -> Json:
        """Return one place of a departure: number, position, state (free, held or taken) and price."""
        shown = read(self.ask("GET", "booking", f"/departures/{departure_id}/seats"))
        return next(place for found, place in _places(shown) if found == number)

    def wish(self, **changes: Any) -> Json:
        """
        Return what a traveller who books sends.

        Without `changes`: Ada Lovelace, a free seat of a departure nobody else uses, paid with tok_visa. Each change
        replaces a field of the body by its camelCase name; a None removes it.
        """
        if "departures" not in changes:
            departure_id = self.departure()["departureId"]
            count = len(changes.get("passengers") or (1,))
            seats = self.free_seats(departure_id)[:count]
            changes = {"departures": [{"departureId": departure_id, "seats": seats}], **changes}
        body = {
            "passengers": [{"firstName": "Ada", "lastName": "Lovelace"}],
            "contact": {"email": "ada@example.org"},
            **({} if changes.get("payLater") else {"payments": [{"kind": "card", "token": "tok_visa"}]}),
            **changes,
        }
        return {name: value for name, value in body.items() if value is not None}

    def request(self, **changes: Any) -> httpx.Response:
        """Send POST /reservations with a `wish` and return the answer, whatever it is."""
        return self.ask("POST", "booking", "/reservations", self.wish(**changes))

    def book(self, **changes: Any) -> Json:
        """Request a reservation as `request` does, which must be accepted, and return it, pending."""
        return read(self.request(**changes), 202)

    def show(self, reservation: Json) -> Json:
        """Return a reservation as it is now, seen by who made it."""
        path = f"/reservations/{reservation['locator']}"
        return read(self.ask("GET", "booking", path, token=reservation["accessToken"]))

    def follow(self, reservation: Json, *, seconds: float = 40) -> Json:
        """Wait until a reservation is no longer pending and return it."""
        return self.wait(
            lambda: (now := self.show(reservation))["status"] != "pending" and now,
            seconds=seconds,
            what=f"reservation {reservation['locator']} to reach its end",
        )

    def timeline(self, reservation: Json) -> list[Json]:
        """Return what every service did, said and heard for a reservation, oldest first."""
        path = f"/timeline/{reservation['correlationId']}"
        entries = [entry for service in SERVICES for entry in self.operate("GET", service, path)]
        return sorted(entries, key=lambda entry: entry["at"])

    def payments(self, reservation: Json) -> list[Json]:
        """Return the payments of a reservation that booking_svc has heard of, as payment_svc shows them."""
        seen, token = self.show(reservation)["payments"], reservation["accessToken"]
        return [read(self.ask("GET", "payment", f"/payments/{payment['authId']}", token=token)) for payment in seen]

    def ledger(self, auth_id: str) -> list[str]:
        """Return the acts that the bank's own ledger has for a payment, oldest first."""
        found = read(self.ask("GET", "bank", "/authorizations", params={"reference": auth_id}))
        ids = {entry["id"] for entry in found}
        entries = read(self.ask("GET", "bank", "/ledger"))["entries"]
        return [entry["act"] for entry in entries if entry["authorization"] in ids]

    def wait(self, look: Callable[[], T], *, what: str, seconds: float = 20) -> T:
        """Return the first true value that `look` returns, asked again and again; fail after `seconds`."""
        return wait(look, what=what, seconds=seconds)

    def load(self) -> None:
        """Put some days of real departures on sale and wait until they can be booked."""
        self.operate("PUT", "airline", "/airlines", timetable.airlines())
        self.operate("PUT", "fare", "/rules", fares.rules("USD"))
        start = date.today() + timedelta(days=1)
        for day, rows in timetable.slice_days(start=start, days=DAYS):
            wanted = [row for row in rows if (row["origin"], row["destination"]) in ROUTES]
            self.operate("PUT", "fare", "/fares", fares.fares(wanted, "USD"))
            self.operate("PUT", "flight", f"/schedule/{day}", wanted)
            for origin, destination in sorted(ROUTES):
                query = {"from": origin, "to": destination, "date": day.isoformat(), "page_size": "100"}
                self.departures += read(self.ask("GET", "flight", "/departures", params=query))
        self.departures.sort(key=lambda departure: departure["departsAt"])
        self._unused = iter(self.departures)
        # One question about availability names fifty departures at most.
        for first in range(0, len(self.departures), 50):
            ids = [("departureId", departure["departureId"]) for departure in self.departures[first : first + 50]]
            wait(
                lambda ids=ids: self._are_for_sale(ids),
                what="booking_svc to hear of the departures and their fares",
                seconds=60,
            )

    def _are_for_sale(self, ids: list[tuple[str, int]]) -> bool:
        known = read(self.ask("GET", "booking", "/availability", params=ids))
        return len(known) == len(ids) and all(each["fromPrice"] is not None for each in known)


@contextmanager
def running(way: Way, run_dir: Path, **options: Any) -> Iterator[Stack]:
    """Run the whole system in a directory of its own, with some days of departures on sale; `options` are `up`'s."""
    state = ways.up(way, run_dir=run_dir, foreground=True, **options)
    stack = Stack(state)
    try:
        stack.load()
        yield stack
    finally:
        stack.close()
        ways.down(way, run_dir)


def read(response: httpx.Response, *statuses: int) -> Any:
    """Return the exact body of an answer that must have one of `statuses` (200 if none is named)."""
    assert response.status_code in (statuses or (200,)), f"{response.status_code} {response.text}"
    return codec.loads(response.content)


def wait(look: Callable[[], T], *, what: str, seconds: float = 20) -> T:
    """Return the first true value that `look` returns, asked again and again; fail after `seconds`."""
    end = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > end:
            raise AssertionError(f"Waited {seconds:.0f} s in vain for {what}.")
        time.sleep(0.1)


def _places(shown: Json, cabin: str | None = None) -> Iterator[tuple[str, Json]]:
    for found in shown["cabins"]:
        if cabin in (None, found["name"]):
            for row in found["rows"]:
                yield from ((place["number"], place) for place in row["seats"])
