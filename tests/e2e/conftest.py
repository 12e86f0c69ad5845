"""What the tests of the running system share: the servers under it, its rows, its bank and its processes."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, text

from common.contracts.subscriptions import SERVICES
from deploy.servers import Servers
from tests.stack import Stack

# What a request may write. Not the outboxes' and journals' housekeeping, which goes on by itself.
TABLES = {
    "airline": ("airline", "airport", "outbox"),
    "flight": ("flight", "departure", "seat_map", "outbox"),
    "booking": ("reservation", "passenger", "coupon", "seat", "saga_run", "outbox"),
    "payment": ("payment", "refund", "wallet", "wallet_entry"),
}


class Rows:
    """Counts the rows of every table that a request may write."""

    def __init__(self, engines: dict[str, Engine]) -> None:
        self._engines = engines

    def count(self) -> dict[str, int]:
        """Return the number of rows of each table, such as {"booking.seat": 7}."""
        counts: dict[str, int] = {}
        for service, tables in TABLES.items():
            selects = " UNION ALL ".join(f"SELECT '{table}', COUNT(*) FROM `{table}`" for table in tables)
            with self._engines[service].connect() as connection:
                counts |= {f"{service}.{table}": found for table, found in connection.execute(text(selects))}
        return counts


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
