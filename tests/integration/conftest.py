"""Servers of the tests' own, emptied before each test."""

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from kombu import Connection

from booking_svc.models import database as booking_database
from booking_svc.service import departures, fares
from common import migrations, queues
from common.db import Database
from deploy.servers import Servers
from tests.broker import Broker
from tests.builders import a_departure, a_seat_map, the_fares
from tests.integration.booking import Booking
from tests.surroundings import surroundings


@pytest.fixture(scope="session")
def declared(servers: Servers) -> str:
    """The URL of a broker that has every exchange and queue."""
    with Connection(servers.urls.broker) as connection:
        queues.declare(connection.default_channel)
    return servers.urls.broker


@pytest.fixture
def broker(declared: str, clean: Mapping[str, Database]) -> Iterator[Broker]:
    """The broker, with every queue empty (and every table too)."""
    broker = Broker(declared)
    try:
        broker.purge()
        yield broker
    finally:
        broker.close()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite database of booking_svc, to be copied."""
    path = tmp_path_factory.mktemp("sqlite") / "booking.db"
    with surroundings(booking_database_url=f"sqlite:///{path}"):
        migrations.upgrade("booking")
    return path


@pytest.fixture(params=["mariadb", "sqlite"])
def either(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """The database of booking_svc, empty, in MariaDB and then again in SQLite, as the embedded way has it."""
    if request.param == "mariadb":
        yield request.getfixturevalue("clean")["booking"]
        return
    path = tmp_path / "booking.db"
    shutil.copy(request.getfixturevalue("sqlite_template"), path)
    with surroundings(booking_database_url=f"sqlite:///{path}"):
        yield booking_database


@pytest.fixture
def booking(clean: Mapping[str, Database]) -> Booking:
    """booking_svc that knows departure 17 and its seats."""
    clean["booking"].write(departures.note_seat_maps, [a_seat_map()])
    clean["booking"].write(departures.note_scheduled, [a_departure()])
    clean["booking"].write(fares.note_fares, the_fares())
    return Booking(clean["booking"])
