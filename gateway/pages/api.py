"""The public API as the pages call it: by HTTP, with the rights of the person who looks at them and no others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import quote

import httpx
from flask import current_app

from common import codec
from gateway.pages import shapes
from gateway.pages.services import Services
from gateway.pages.shapes import Shape
from gateway.routes import GATEWAY, find

S = TypeVar("S", bound=Shape)


class Api:
    """
    The services behind the door, by the paths of its route table: a page reaches nothing that a stranger could not.

    `token` is what the person has: an access token of theirs, or a reservation's. Each method raises Refused if the
    API says no, and Away if it says nothing.
    """

    def __init__(self, services: Services) -> None:
        self._services = services

    # --- Looking for a flight

    def airports(self, *, page: int) -> tuple[list[shapes.Airport], int]:
        """Return a page of all airports, and how many pages there are."""
        answer = self._ask("GET", "/airports", params={"page": page, "page_size": 100})
        pages = codec.loads(answer.headers.get("X-Pagination", "{}")).get("total_pages", 1)
        return _many(shapes.Airport, answer), int(pages)

    def airlines(self) -> list[shapes.Airline]:
        return _many(shapes.Airline, self._ask("GET", "/airlines", params={"page_size": 100}))

    def offers(self, **query: Any) -> list[shapes.Offer]:
        """Return a page of offers; `query` is that of GET /offers, `origin` and `destination` by these names."""
        wanted = {"from": query.pop("origin"), "to": query.pop("destination"), **query}
        return _many(shapes.Offer, self._ask("GET", "/offers", params=_present(wanted)))

    def availability(self, departure_ids: Sequence[int]) -> list[shapes.Available]:
        """Return how free these departures are, at most 50 of them."""
        params = [("departureId", departure_id) for departure_id in departure_ids]
        return _many(shapes.Available, self._ask("GET", "/availability", params=params)) if params else []

    def departure(self, departure_id: int) -> shapes.Flight:
        return _one(shapes.Flight, self._ask("GET", f"/departures/{departure_id}"))

    def seat_map(self, departure_id: int) -> shapes.SeatMap:
        return _one(shapes.SeatMap, self._ask("GET", f"/departures/{departure_id}/seats"))

    # --- A reservation

    def reserve(self, body: Mapping[str, Any], *, key: str, token: str | None) -> shapes.Reservation:
        """Ask for seats; the same `key` with the same body is the same reservation, however often it is sent."""
        return _one(shapes.Reservation, self._ask("POST", "/reservations", body=body, key=key, token=token))

    def reservation(self, locator: str, *, token: str | None) -> shapes.Reservation:
        return _one(shapes.Reservation, self._ask("GET", f"/reservations/{quote(locator, safe='')}", token=token))

    def trips(self, *, token: str) -> list[shapes.Reservation]:
        """Return what somebody booked last."""
        answer = self._ask("GET", "/reservations", params={"mine": "true", "page_size": 20}, token=token)
        return _many(shapes.Reservation, answer)

    def ask_for_code(self, locator: str, *, last_name: str) -> None:
        self._ask("POST", f"/reservations/{quote(locator, safe='')}/codes", body={"lastName": last_name})

    def open_by_code(self, locator: str, *, last_name: str, code: str) -> str:
        """Return the access token of a reservation."""
        answer = self._ask(
            "POST", f"/reservations/{quote(locator, safe='')}/access", body={"lastName": last_name, "code": code}
        )
        return str(codec.loads(answer.content)["accessToken"])

    def cancellation(self, locator: str, *, token: str | None) -> shapes.Quote:
        return _one(
            shapes.Quote, self._ask("GET", f"/reservations/{quote(locator, safe='')}/cancellation", token=token)
        )

    def cancel(self, locator: str, *, by: str, key: str, token: str | None) -> shapes.Reservation:
        path = f"/reservations/{quote(locator, safe='')}/cancellations"
        return _one(shapes.Reservation, self._ask("POST", path, body={"quote": by}, key=key, token=token))

    # --- Money

    def payment(self, auth_id: str, *, token: str | None) -> shapes.Payment:
        return _one(shapes.Payment, self._ask("GET", f"/payments/{quote(auth_id, safe='')}", token=token))

    def pay(self, body: Mapping[str, Any], *, key: str, token: str | None) -> shapes.Payment:
        return _one(shapes.Payment, self._ask("POST", "/payments", body=body, key=key, token=token))

    # --- An account

    def register(self, *, email: str, password: str) -> None:
        self._ask("POST", "/auth/register", body={"email": email, "password": password})

    def log_in(self, *, email: str, password: str) -> shapes.Tokens:
        return _one(shapes.Tokens, self._ask("POST", "/auth/login", body={"email": email, "password": password}))

    def refresh(self, refresh_token: str) -> shapes.Tokens:
        return _one(shapes.Tokens, self._ask("POST", "/auth/refresh", body={"refreshToken": refresh_token}))

    def log_out(self, refresh_token: str, *, everywhere: bool = False) -> None:
        self._ask("POST", "/auth/logout", body={"refreshToken": refresh_token, "everywhere": everywhere})

    def me(self, *, token: str) -> shapes.User:
        return _one(shapes.User, self._ask("GET", "/auth/me", token=token))

    def change_password(self, *, present: str, wanted: str, token: str) -> None:
        self._ask("PATCH", "/auth/me", body={"presentPassword": present, "password": wanted}, token=token)

    # --- How it is asked

    def _ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        route = find(path)
        if route is None or route.service == GATEWAY:
            raise LookupError(f"{path} is no path of the public API.")
        return self._services.ask(route.service, method, path, **options)


def api() -> Api:
    """Return the API of this application."""
    found = current_app.extensions["api"]
    assert isinstance(found, Api)
    return found


def _one(shape: type[S], answer: httpx.Response) -> S:
    return shape.model_validate(codec.loads(answer.content))


def _many(shape: type[S], answer: httpx.Response) -> list[S]:
    return [shape.model_validate(each) for each in codec.loads(answer.content)]


def _present(query: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    return [(name, value) for name, value in query.items() if value not in (None, "")]
