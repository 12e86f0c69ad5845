"""Every service in one process, callers of every kind, and something that belongs to one of them."""

import importlib
import logging
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import structlog
from flask import Flask
from flask.testing import FlaskClient

from booking_svc.service import departures, fares
from common.auth.present import KEYS
from common.contracts.subscriptions import SERVICES
from common.db import Database
from common.signatures import KeyRing, PrivateKey
from payment_svc.service import paying, wallets
from tests.builders import a_departure, a_seat_map, an_initiated, the_fares
from tests.callers import INSTALLATION
from tests.conftest import empty
from tests.integration.booking import Booking

KEY = PrivateKey("5e" * 32)
SCOPES = "reservations:read reservations:write payments:write webhooks offers:read"
METHODS = {"get", "put", "post", "patch", "delete"}
#: Who calls, by the columns of the table; the claims of their tokens. None: without a token.
CALLERS: Mapping[str, Mapping[str, str] | None] = {
    "anonymous": None,
    "other": {"sub": "usr_bob", "role": "traveller"},
    "owner": {"sub": "usr_ada", "role": "traveller"},
    "agent": {"sub": "usr_agent", "role": "agent", "airline": "AA"},
    "otherAgent": {"sub": "usr_rival", "role": "agent", "airline": "B6"},
    "operator": {"sub": "usr_operator", "role": "operator"},
    "admin": {"sub": "usr_admin", "role": "admin"},
    "service": {"sub": "svc_integrator", "role": "service", "scope": SCOPES},
}


@dataclass(frozen=True)
class Services:
    """The web applications, and the addresses of what belongs to Ada, whose departures AA flies."""

    applications: Mapping[str, Flask]
    clients: Mapping[str, FlaskClient]
    adas: Mapping[str, str]

    def operations(self, service: str) -> dict[str, dict[str, Any]]:
        """Return the operations of a service's OpenAPI document, by their names ("GET /airlines")."""
        paths = self.clients[service].get("/openapi.json").get_json()["paths"]
        return {
            f"{method.upper()} {path}": described
            for path, item in paths.items()
            for method, described in item.items()
            if method in METHODS
        }

    def ask(self, service: str, operation: str, caller: str) -> int:
        """Carry out an operation as a caller, on what is Ada's, and return the status."""
        method, _, path = operation.partition(" ")
        address = re.sub(r"{(\w+)}", lambda name: self.adas.get(name[1], "1"), path)
        body = _BODIES.get(operation, lambda _: {})(self.adas)
        sent = {"json": body} if method not in {"GET", "DELETE"} else {}
        return self.clients[service].open(address, method=method, headers=credentials(caller), **sent).status_code


# Where an empty body would be refused before anybody asks whose the thing is.
_BODIES: Mapping[str, Any] = {
    "POST /payments": lambda adas: {
        "locator": adas["locator"],
        "paymentMethod": {"kind": "card", "token": "tok_visa"},
        "amount": 1,
    },
    "POST /reservations/{locator}/cancellations": lambda _: {"quote": f"q_{'0' * 32}"},
    "POST /wallets": lambda _: {"currency": "USD"},
}


@contextmanager
def services_over(databases: Mapping[str, Database]) -> Iterator[Services]:
    """The services over their databases, in which Ada has a reservation to be paid, a payment of it, and a wallet."""
    for database in databases.values():
        empty(database)
    booking = Booking(databases["booking"])
    booking.database.write(departures.note_seat_maps, [a_seat_map()])
    booking.database.write(departures.note_scheduled, [a_departure()])
    booking.database.write(fares.note_fares, the_fares())
    made, _ = booking.request("12A", owner="usr_ada", payments=[])
    facts = {"reservation_id": made.id, "locator": made.locator, "owner": "usr_ada", "airlines": ["AA"]}
    write = databases["payment"].write
    write(paying.note_initiated, [an_initiated(**facts)])
    method = {"kind": "card", "token": "tok_visa"}
    paid = write(
        paying.pay_later, caller=INSTALLATION, token="", locator=made.locator, payment_method=method, amount=Decimal(1)
    )
    wallet = write(wallets.open_wallet, owner="usr_ada", currency="USD")
    handlers, level = logging.getLogger().handlers[:], logging.getLogger().level
    applications = {name: importlib.import_module(f"{name}_svc.app").web() for name in SERVICES}
    for application in applications.values():
        application.extensions[KEYS] = KeyRing([KEY.public])
    yield Services(
        applications=applications,
        clients={name: application.test_client() for name, application in applications.items()},
        adas={
            "locator": made.locator,
            "auth_id": paid.auth_id,
            "token": wallet.token,
            "correlation_id": str(made.correlation_id),
            "day": "2026-12-01",
        },
    )
    # An application sets up logging for its whole process, which here is that of the tests.
    logging.getLogger().handlers[:] = handlers
    logging.getLogger().setLevel(level)
    structlog.reset_defaults()


def credentials(caller: str) -> dict[str, str]:
    """Return the headers by which one of CALLERS is known to a service."""
    claims = CALLERS[caller]
    if claims is None:
        return {}
    now = int(time.time())
    fixed = {"iss": "aerosaga-auth", "aud": "aerosaga", "jti": "1", "iat": now, "exp": now + 600}
    return {"Authorization": f"Bearer {KEY.sign({**fixed, **claims}, kind='at+jwt')}"}
