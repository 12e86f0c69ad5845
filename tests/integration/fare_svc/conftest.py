"""fare_svc on MariaDB and on SQLite, and what it told."""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from common import migrations
from common.db import Database
from common.outbox import outbox
from fare_svc.models import database as fare_database
from fare_svc.service import fares
from tests.surroundings import surroundings

RULES = [
    {"code": "BASIC", "family": "basic", "refundable": False, "changeable": False, "advance_purchase_days": 0},
    {"code": "FLEX", "family": "flex", "refundable": True, "changeable": True, "advance_purchase_days": 0},
]
NO_FEES = {"currency": "USD", "refund_fee": Decimal(0), "change_fee": Decimal(0)}


@dataclass(frozen=True)
class Fares:
    """The use cases of fare_svc, each in a transaction of its own, and the events they left."""

    database: Database

    def put(self, what: str, *rows: Mapping[str, Any]) -> dict[str, int]:
        """Put rules, seasons or fares."""
        return self.database.write(getattr(fares, f"put_{what}"), rows=rows, correlation_id=uuid4())

    def withdraw(self, fare_id: int) -> None:
        """Take a fare off sale."""
        self.database.write(fares.withdraw, fare_id=fare_id, correlation_id=uuid4())

    def told(self) -> list[dict[str, Any]]:
        """Return the bodies of the recorded events, in order."""
        return self.database.read(lambda session: _bodies(session))


def a_fare_row(**changes: Any) -> dict[str, Any]:
    """American's Basic economy fare from New York to Los Angeles."""
    facts = {
        "airline": "AA",
        "origin": "JFK",
        "destination": "LAX",
        "cabin": "economy",
        "rule": "BASIC",
        "amount": Decimal("324.00"),
        "currency": "USD",
    }
    return {**facts, **changes}


@pytest.fixture(scope="session")
def fare_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite database of fare_svc, to be copied."""
    path = tmp_path_factory.mktemp("sqlite") / "fare.db"
    with surroundings(fare_database_url=f"sqlite:///{path}"):
        migrations.upgrade("fare")
    return path


@pytest.fixture(params=["mariadb", "sqlite"])
def selling(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Fares]:
    """fare_svc with the rules BASIC and FLEX, on MariaDB and then again on SQLite."""
    if request.param == "mariadb":
        yield _with_rules(request.getfixturevalue("clean")["fare"])
        return
    path = tmp_path / "fare.db"
    shutil.copy(request.getfixturevalue("fare_template"), path)
    with surroundings(fare_database_url=f"sqlite:///{path}"):
        yield _with_rules(fare_database)


def _with_rules(database: Database) -> Fares:
    made = Fares(database)
    made.put("rules", *({**NO_FEES, **rule} for rule in RULES))
    return made


def _bodies(session: Any) -> Sequence[dict[str, Any]]:
    return list(session.scalars(select(outbox.c.body).order_by(outbox.c.id)))
