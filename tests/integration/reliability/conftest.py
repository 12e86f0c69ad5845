"""A small world of its own for each test, from databases that are migrated once."""

import logging
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import structlog

from common import migrations
from common.contracts.subscriptions import SERVICES
from sandbox.bank.serving import serving
from sandbox.bank.settings import BankSettings
from tests.integration.reliability.applications import Applications
from tests.reliability.small_world import SmallWorld
from tests.surroundings import surroundings

OPERATOR_TOKEN = "the-small-worlds-own-token"


@pytest.fixture
def operator_token() -> str:
    """What opens the operators' endpoints of a small world."""
    return OPERATOR_TOKEN


@contextmanager
def _databases(folder: Path, **more: str) -> Iterator[dict[str, str]]:
    urls = {service: f"sqlite:///{folder / service}.db" for service in SERVICES}
    with surroundings(**more, **{f"{service}_database_url": url for service, url in urls.items()}):
        yield urls


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with migrated databases, to be copied."""
    folder = tmp_path_factory.mktemp("small-world")
    with _databases(folder):
        for service in SERVICES:
            migrations.upgrade(service)
    return folder


@pytest.fixture
def world(empty: Path, tmp_path: Path) -> Iterator[SmallWorld]:
    """All services and a bank in which nothing has happened yet but departure 17."""
    folder = tmp_path / "databases"
    shutil.copytree(empty, folder)
    bank = BankSettings(database=tmp_path / "bank.db", timeout_seconds=3.0)
    told = {"operator_token": OPERATOR_TOKEN}
    with serving(bank) as bank_url, _databases(folder, bank_url=bank_url, **told) as urls:
        yield SmallWorld(urls=urls, bank_url=bank_url, bank_file=bank.database)


@pytest.fixture
def applications() -> Iterator[Applications]:
    # An application sets up logging for its whole process, which here is that of the tests.
    handlers, level = logging.getLogger().handlers[:], logging.getLogger().level
    yield Applications()
    logging.getLogger().handlers[:] = handlers
    logging.getLogger().setLevel(level)
    structlog.reset_defaults()
