"""Talks to the services over HTTP, as anybody outside could."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import httpx

from aerosaga.errors import Failed, Refused, Unreachable
from aerosaga.target import Target
from common import codec
from common.failures import HEADER as FAILURES
from gateway import routes

Json = dict[str, Any]

# Putting a big day on sale takes a second or two on a slow machine; nothing else takes long.
ANSWER_SECONDS = 60.0
# The longest list of departures that one question about availability may name.
AVAILABILITY_MOST = 50
PAGE_SIZE = 100
NO_CONTENT = 204
# How often, and how long apart, something is asked again that changes nothing, or the same whenever it is asked.
ATTEMPTS = 5
PAUSE_SECONDS = 0.5


class Client:
    """The services of one `Target`. Every method raises Refused or Unreachable, with a sentence for people."""

    def __init__(self, target: Target, *, transport: httpx.BaseTransport | None = None) -> None:
        self.target = target
        # Without proxies: the services are on this machine, or named explicitly.
        self._http = httpx.Client(timeout=ANSWER_SECONDS, transport=transport, trust_env=False)

    def search(self, *, origin: str, destination: str, day: date) -> list[Json]:
        """Return every departure of a local date between two airports, earliest first."""
        found: list[Json] = []
        while True:
            page: list[Json] = self._get(
                "flight",
                "/departures",
                {
                    "from": origin,
                    "to": destination,
                    "date": day.isoformat(),
                    "page": len(found) // PAGE_SIZE + 1,
                    "page_size": PAGE_SIZE,
                },
            )
            found += page
            if len(page) < PAGE_SIZE:
                return found

    def airport(self, code: str) -> Json:
        """Return an airport by its IATA code."""
        return dict(self._get("airline", f"/airports/{code}"))

    def availability(self, departure_ids: Sequence[int]) -> dict[int, Json]:
        """Return, for each of these departures that booking_svc knows, `{free, fromPrice, currency}`."""
        known: dict[int, Json] = {}
        for first in range(0, len(departure_ids), AVAILABILITY_MOST):
            asked = departure_ids[first : first + AVAILABILITY_MOST]
            rows = self._get("booking", "/availability", [("departureId", each) for each in asked])
            known |= {row["departureId"]: row for row in rows}
        return known

    def seat_map(self, departure_id: int) -> Json:
        """Return a departure with its cabins, rows and seats, each free, held or taken."""
        return dict(self._get("booking", f"/departures/{departure_id}/seats"))

    def reserve(self, body: Mapping[str, Any], *, failures: Sequence[str] = ()) -> Json:
        """Ask for seats, with these failure switches; the answer is the pending reservation with its `accessToken`."""
        headers = {FAILURES: ", ".join(failures)} if failures else None
        return dict(self._ask("POST", "booking", "/reservations", body=body, headers=headers))

    def reservation(self, locator: str, *, access_token: str | None = None) -> Json:
        """Return a reservation, as who made it, or as an operator if there is no access token."""
        return dict(self._get("booking", f"/reservations/{locator}", token=access_token))

    def latest_reservations(self, number: int) -> list[Json]:
        """Return the newest reservations, as an operator."""
        return list(self._get("booking", "/reservations", {"page": 1, "page_size": number}))

    def pay(self, *, locator: str, method: Mapping[str, Any], amount: Any = None) -> Json:
        """Begin to pay a held reservation, as an operator; follow the payment by its `authId`."""
        body = {"locator": locator, "paymentMethod": method, **({} if amount is None else {"amount": amount})}
        return dict(self._ask("POST", "payment", "/payments", body=body, token=self._operator))

    def payment(self, auth_id: str) -> Json:
        """Return a payment by its public name, as an operator."""
        return dict(self._get("payment", f"/payments/{auth_id}"))

    def open_wallet(self, *, currency: str) -> Json:
        """Open an empty wallet, as an operator; its `token` pays."""
        return dict(self._ask("POST", "payment", "/wallets", body={"currency": currency}, token=self._operator))

    def deposit(self, *, token: str, amount: Any, currency: str, reference: str) -> Json:
        """Put money into a wallet, as an operator; the same reference again changes nothing."""
        body = {"amount": amount, "currency": currency, "reference": reference}
        return dict(self._ask("POST", "payment", f"/wallets/{token}/deposits", body=body, token=self._operator))

    def timeline(self, service: str, correlation_id: str) -> list[Json]:
        """Return what one service did, said and heard for a correlation id, oldest first."""
        return list(self._get(service, f"/timeline/{correlation_id}"))

    def sagas(self, correlation_id: str) -> list[Json]:
        """Return the saga runs of a correlation id, with the steps of their sagas."""
        return list(self._get("booking", f"/sagas/{correlation_id}"))

    def saga_runs(self, *, state: str | None, number: int) -> list[Json]:
        """Return the newest saga runs, of one state or of all."""
        wanted = {} if state is None else {"state": state}
        return list(self._get("booking", "/sagas", {**wanted, "page": 1, "page_size": number}))

    def saga_run(self, run_id: int) -> Json:
        """Return a saga run by its number."""
        return dict(self._get("booking", f"/sagas/runs/{run_id}"))

    def retry_saga(self, run_id: int, *, reason: str) -> Json:
        """Send the steps of a run again now."""
        return self._act_on_saga(run_id, "retries", reason)

    def rewind_saga(self, run_id: int, *, reason: str) -> Json:
        """Turn a run round."""
        return self._act_on_saga(run_id, "rewinds", reason)

    def _act_on_saga(self, run_id: int, act: str, reason: str) -> Json:
        path, body = f"/sagas/runs/{run_id}/{act}", {"reason": reason}
        return dict(self._ask("POST", "booking", path, body=body, token=self._operator))

    def audit(self, service: str, *, subject: str | None, number: int) -> list[Json]:
        """Return the newest entries of one service's audit log, of one subject or of all."""
        wanted = {} if subject is None else {"subject": subject}
        return list(self._get(service, "/audit", {**wanted, "count": number}))

    def register(self, *, email: str, password: str) -> None:
        """Ask for a traveller's account; what is answered does not tell whether there was one already."""
        self._patiently("POST", "auth", "/auth/register", body={"email": email, "password": password})

    def users(self, *, number: int, **filters: str | None) -> list[Json]:
        """Return the newest users, as an admin; `filters` are role and email."""
        wanted = {name: value for name, value in filters.items() if value is not None}
        return list(self._get("auth", "/auth/users", {**wanted, "page": 1, "page_size": number}))

    def grant(self, name: str, body: Mapping[str, Any]) -> Json:
        """Give a user a role, as an admin; `body` has role, airline (of agents) and reason."""
        return dict(self._patiently("PUT", "auth", f"/auth/users/{name}/role", body=body, token=self._operator))

    def set_disabled(self, name: str, body: Mapping[str, Any]) -> Json:
        """Disable a user, or enable one again, as an admin; `body` has disabled and reason."""
        return dict(self._patiently("PATCH", "auth", f"/auth/users/{name}", body=body, token=self._operator))

    def operate(
        self, method: str, service: str, path: str, *, query: Mapping[str, Any] | None = None, body: Any = None
    ) -> Any:
        """Use an operators' endpoint of a service, such as /parked; asked once, as it may act."""
        return self._ask(method, service, path, query=list((query or {}).items()), body=body, token=self._operator)

    def audit_report(self, *, resolved: bool) -> Json:
        """Return the auditor's report: rules, readings and findings, also those that are `resolved`."""
        return dict(self._get("auditor", "/report", {"resolved": "true" if resolved else "false"}))

    def quote_cancellation(self, locator: str) -> Json:
        """Return what comes back of a reservation if it is cancelled now."""
        return dict(self._get("booking", f"/reservations/{locator}/cancellation"))

    def cancel(self, locator: str, *, quote: str) -> Json:
        """Cancel a reservation by a quote, as an operator."""
        path = f"/reservations/{locator}/cancellations"
        return dict(self._ask("POST", "booking", path, body={"quote": quote}, token=self._operator))

    def delay(self, departure_id: int, body: Mapping[str, Any]) -> Json:
        """Delay a departure; the same delay again changes nothing."""
        return dict(self._ask("POST", "flight", f"/departures/{departure_id}/delays", body=body, token=self._operator))

    def cancel_departure(self, departure_id: int, *, reason: str) -> Json:
        """Cancel a departure for good; again changes nothing."""
        path = f"/departures/{departure_id}/cancellation"
        return dict(self._ask("POST", "flight", path, body={"reason": reason}, token=self._operator))

    def disruption(self, departure_id: int) -> Json:
        """Return how far the reservations of a cancelled departure are cancelled and refunded."""
        return dict(self._get("booking", f"/disruptions/{departure_id}"))

    def put_airlines(self, rows: Sequence[Mapping[str, Any]]) -> Json:
        """Make airlines be as told."""
        return dict(self._put("airline", "/airlines", rows))

    def put_airports(self, rows: Sequence[Mapping[str, Any]]) -> Json:
        """Make airports be as told."""
        return dict(self._put("airline", "/airports", rows))

    def put_rules(self, rows: Sequence[Mapping[str, Any]]) -> Json:
        """Make the rules of fares be as told."""
        return dict(self._put("fare", "/rules", rows))

    def put_seasons(self, rows: Sequence[Mapping[str, Any]]) -> Json:
        """Make seasons be as told."""
        return dict(self._put("fare", "/seasons", rows))

    def put_fares(self, rows: Sequence[Mapping[str, Any]], *, correlation_id: UUID) -> Json:
        """Make fares be as told; their events carry the correlation id."""
        return dict(self._put("fare", "/fares", rows, correlation_id=correlation_id))

    def put_schedule(self, day: date, rows: Sequence[Mapping[str, Any]], *, correlation_id: UUID) -> Json:
        """Put the departures of one local date on sale; their events carry the correlation id."""
        return dict(self._put("flight", f"/schedule/{day.isoformat()}", rows, correlation_id=correlation_id))

    def mails(self, *, to: str) -> list[Json]:
        """Return the mails the sandbox mailbox has for an address, newest first; it is given no token."""
        return list(self._patiently("GET", "mailbox", "/mails", query=[("to", to)]))

    def ready(self, service: str) -> tuple[bool, Json]:
        """Return whether a service says it is ready, and its whole answer."""
        try:
            response = self._http.get(f"{self._url(service)}/readyz", timeout=5.0)
            return response.status_code == 200, dict(codec.loads(response.content))
        except (httpx.HTTPError, ValueError) as error:
            return False, {"detail": f"no answer ({type(error).__name__})"}

    @property
    def _operator(self) -> str:
        return self.target.operator_token or ""

    def _get(
        self,
        service: str,
        path: str,
        query: Mapping[str, Any] | Iterable[tuple[str, Any]] = (),
        *,
        token: str | None = None,
    ) -> Any:
        pairs = list(query.items()) if isinstance(query, Mapping) else list(query)
        return self._patiently("GET", service, path, query=pairs, token=token or self._operator)

    def _put(self, service: str, path: str, rows: Any, *, correlation_id: UUID | None = None) -> Any:
        trace = correlation_id or uuid4()
        headers = {"traceparent": f"00-{trace.hex}-{trace.hex[:16]}-01"}
        return self._patiently("PUT", service, path, body=rows, token=self._operator, headers=headers)

    def _patiently(self, method: str, service: str, path: str, **more: Any) -> Any:
        """Ask again if something is away for a moment; only for what may be asked twice."""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return self._ask(method, service, path, **more)
            except (Refused, Unreachable) as error:
                passing = isinstance(error, Unreachable) or error.status == 503
                if attempt == ATTEMPTS or not passing:
                    raise
                time.sleep(PAUSE_SECONDS * attempt)
        raise AssertionError("unreachable")

    def _ask(
        self,
        method: str,
        service: str,
        path: str,
        *,
        query: Sequence[tuple[str, Any]] = (),
        body: Any = None,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        url = self._door(method, path) or self._url(service)
        sent = {
            **({"Authorization": f"Bearer {token}"} if token else {}),
            **({} if body is None else {"Content-Type": "application/json"}),
            **(headers or {}),
        }
        content = None if body is None else codec.dumps(body).encode()
        try:
            response = self._http.request(method, url + path, params=list(query), content=content, headers=sent)
        except httpx.HTTPError as error:
            raise Unreachable(
                f"{service}_svc does not answer at {url} ({type(error).__name__}). "
                "See what runs with `bin/aerosaga status`, and what is wrong with `bin/aerosaga doctor`."
            ) from error
        if response.status_code >= 400:
            raise Refused(service=service, status=response.status_code, problem=_problem(response))
        if response.status_code == NO_CONTENT:
            return None
        try:
            return codec.loads(response.content)
        except ValueError as error:
            raise Unreachable(f"What answers at {url} is not {service}_svc: it does not speak JSON.") from error

    def _door(self, method: str, path: str) -> str | None:
        """
        Return the public door if it is known and this leads through it.

        What an operator puts goes straight to its service where that is known: the door begins a trace of its own with
        each request, and the events of one load are to carry one correlation id.
        """
        door, route = self.target.urls.get(routes.GATEWAY), routes.find(path)
        if door is None or route is None:
            return None
        return None if method == "PUT" and route.service in self.target.urls else door

    def _url(self, service: str) -> str:
        try:
            return self.target.urls[service]
        except KeyError:
            raise Failed(
                f"It is not known where {service}_svc runs. Set AEROSAGA_{service.upper()}_URL to its URL."
            ) from None


def _problem(response: httpx.Response) -> Json:
    try:
        problem = codec.loads(response.content)
    except ValueError:
        problem = None
    return problem if isinstance(problem, dict) else {"detail": response.reason_phrase or "no reason was given"}
