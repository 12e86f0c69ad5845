"""What the tests of the running system share: the servers under it, its rows, and what there is to be refused."""

import time
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine

from common.contracts.subscriptions import SERVICES
from deploy.servers import Servers
from tests.e2e.money import payments, wallet_with
from tests.e2e.refusals import Facts, Refuser
from tests.e2e.rows import Rows
from tests.stack import Stack, read

A_FLIGHT = {
    "airline": "AA",
    "flightNumber": 4713,
    "origin": "JFK",
    "destination": "LAX",
    "departs": "08:30",
    "arrives": "11:45",
    "aircraft": "Boeing 737-800",
    "seats": 172,
    "distanceKm": 3983,
}


@pytest.fixture(scope="session")
def backing(stack: Stack) -> Servers:
    """The MariaDB, RabbitMQ and Redis that the running system stands on."""
    return Servers(Path(stack.state.run_dir))


@pytest.fixture(scope="session")
def engines(backing: Servers) -> Iterator[dict[str, Engine]]:
    """A connection to each service's database, as that service's own user."""
    opened = {service: create_engine(backing.urls.databases[service]) for service in SERVICES}
    yield opened
    for engine in opened.values():
        engine.dispose()


@pytest.fixture(scope="session")
def rows(engines: dict[str, Engine]) -> Rows:
    """Counts rows, for tests that nothing was stored."""
    return Rows(engines)


@pytest.fixture(scope="session")
def facts(stack: Stack) -> Facts:
    """What the tests of bad input point at."""
    mine, theirs = stack.book(), stack.book()
    departure_id = stack.departure()["departureId"]
    seats = stack.free_seats(departure_id)[:3]
    taken = stack.book(departures=[{"departureId": departure_id, "seats": seats[2:]}])
    for reservation in (mine, theirs, taken):
        assert stack.follow(reservation)["status"] == "confirmed"
    yesterday = date.today() - timedelta(days=1)
    stack.operate("PUT", "flight", f"/schedule/{yesterday}", [A_FLIGHT])
    query = {"from": "JFK", "to": "LAX", "date": yesterday.isoformat()}
    (departed,) = read(stack.ask("GET", "flight", "/departures", params=query))
    path = f"/departures/{departed['departureId']}/seats"
    stack.wait(lambda: stack.ask("GET", "booking", path).status_code == 200, what="booking_svc to hear of yesterday")
    stack.wait(lambda: payments(stack, mine)[0]["status"] == "captured", what="the money to be captured")
    return Facts(
        departure_id=departure_id,
        seat=seats[0],
        next_seat=seats[1],
        price=stack.seat(departure_id, seats[0])["price"],
        taken_seat=seats[2],
        departed_id=departed["departureId"],
        mine=mine,
        auth_id=payments(stack, mine)[0]["authId"],
        theirs=theirs,
        wallet=wallet_with(stack, Decimal("100.00")),
        operator_token=stack.operator_token,
    )


@pytest.fixture(scope="session")
def refuser(stack: Stack, rows: Rows) -> Iterator[Refuser]:
    """Sends what must be refused."""
    sender = Refuser(stack.urls, rows)
    yield sender
    sender.http.close()


@pytest.fixture(scope="module")
def quiet(stack: Stack, rows: Rows, facts: Facts) -> None:
    """Nothing of what was asked before still moves, so that every row that comes is the test's own."""

    def still() -> bool:
        before = rows.count()
        time.sleep(1.5)
        return before == rows.count() and not stack.operate("GET", "booking", "/reservations?status=pending")

    # An invoice that nobody pays is waited for until its saga's deadline, two minutes after it was begun.
    stack.wait(still, what="everything that was begun to be ended", seconds=180)
