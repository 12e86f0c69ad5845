"""
What the tests stand on: nothing (tests/unit), a private set of servers (tests/integration), all of it (tests/e2e).

Servers are started when the first test asks for them and stopped at the end. Where they are not installed, tests that
need them are skipped, unless CI or AEROSAGA_REQUIRE_SERVERS is set: then they fail.
"""

import importlib
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from sqlalchemy import Engine, MetaData, Table

from common import migrations
from common.contracts.subscriptions import SERVICES
from common.db import Database
from deploy import signing_keys
from deploy.errors import CannotStart
from deploy.servers import Servers
from tests.reliability.armory import Armory
from tests.stack import Stack, running
from tests.surroundings import surroundings

# How long an example takes says how busy the machine is, and nothing of the code.
hypothesis_settings.register_profile("aerosaga", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("aerosaga")

# Seconds a hold lasts in the running system: long enough to be paid, short enough to be waited for.
HOLD_SECONDS = 8
OPERATOR_TOKEN = "the-operators-of-the-tests"
RESERVATION_KEY = "7a" * 32
OFFER_KEY = "5e" * 32


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """One private MariaDB, RabbitMQ and Redis; a test may restart them, and leaves them running."""
    started = Servers(tmp_path_factory.mktemp("servers"))
    try:
        started.start(tether=True)
    except CannotStart as error:
        _do_without(error)
    try:
        yield started
    finally:
        started.stop()
        _leave_only_logs(started.run_dir)


@pytest.fixture(scope="session")
def databases(servers: Servers) -> Iterator[Mapping[str, Database]]:
    """
    The database of each service in MariaDB, with its tables, as its own modules know it.

    From here on `common.config.settings` says where the servers are.
    """
    urls = {f"{service}_database_url": url for service, url in servers.urls.databases.items()}
    with surroundings(
        broker_url=servers.urls.broker,
        result_url=servers.urls.result,
        operator_token=OPERATOR_TOKEN,
        offer_key=OFFER_KEY,
        reservation_key=RESERVATION_KEY,
        reservation_public_keys=signing_keys.public(RESERVATION_KEY),
        key_secret="encrypts-what-the-tests-keep-in-tables",
        **urls,
    ):
        for service in SERVICES:
            migrations.upgrade(service)
        yield {service: importlib.import_module(f"{service}_svc.models").database for service in SERVICES}


@pytest.fixture
def clean(databases: Mapping[str, Database]) -> Mapping[str, Database]:
    """The databases, with no row in any of their tables."""
    for database in databases.values():
        empty(database)
    return databases


@pytest.fixture(scope="session")
def armory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Armory]:
    """Where a test says which process of the running system is to die where; none, until it does."""
    armory = Armory(tmp_path_factory.mktemp("armory"))
    yield armory
    armory.close()


Started = Callable[[], AbstractContextManager[Stack]]


@pytest.fixture(scope="session")
def start(tmp_path_factory: pytest.TempPathFactory, armory: Armory) -> Started:
    """Runs the whole system on servers of its own, with some days of real departures on sale."""

    @contextmanager
    def started() -> Iterator[Stack]:
        run_dir = tmp_path_factory.mktemp("stack")
        options = {"hold_seconds": HOLD_SECONDS, "crash_points": armory.place, "failure_switches": True}
        with ExitStack() as afterwards:
            afterwards.callback(_leave_only_logs, run_dir)
            try:
                stack = afterwards.enter_context(running("servers", run_dir, **options))
            except CannotStart as error:
                _do_without(error)
            yield stack

    return started


@pytest.fixture(scope="session")
def stack(start: Started) -> Iterator[Stack]:
    """The running system that tests share."""
    with start() as stack:
        yield stack


def _do_without(error: CannotStart) -> None:
    required = os.environ.get("CI") or os.environ.get("AEROSAGA_REQUIRE_SERVERS")
    if required or "is not installed" not in str(error):
        pytest.fail(str(error), pytrace=False)
    pytest.skip(str(error))


def _leave_only_logs(run_dir: Path) -> None:
    # pytest keeps the directories of the last runs, and a new MariaDB alone has 150 MB.
    for server in ("mariadb", "rabbitmq", "redis"):
        shutil.rmtree(run_dir / server, ignore_errors=True)


def empty(database: Database) -> None:
    """Delete every row of every table of a database."""
    with database.engine.begin() as connection:
        for table in _tables(database.engine):
            connection.execute(table.delete())


@cache
def _tables(engine: Engine) -> list[Table]:
    # Kept, because to ask for them took longer than most tests that want them to be empty.
    tables = MetaData()
    tables.reflect(engine)
    return [table for table in reversed(tables.sorted_tables) if table.name != "alembic_version"]
