"""Consumers that hear for a while, programs in processes of their own, and what operators ask of payment_svc."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest

from booking_svc.app import web
from common import codec
from common.api import create_api
from common.consumer import EventConsumer, Handlers
from common.db import Database
from common.parking.endpoints import parking_blueprint
from tests.broker import Broker
from tests.integration.booking import Booking
from tests.integration.common.parked import HANDLERS, OPERATOR

ROOT = Path(__file__).resolve().parents[3]
PROGRAMS = Path(__file__).with_name("programs")

Ask = Callable[..., Any]
Hearing = Callable[[str, Handlers, Database], AbstractContextManager[None]]


@pytest.fixture
def hearing(monkeypatch: pytest.MonkeyPatch) -> Hearing:
    """Run the consumer of a service, with handlers of the test's, while a block runs."""
    # A consumer is a process of its own elsewhere; in a thread it cannot hear signals, and need not.
    monkeypatch.setattr("common.consumer.signal.signal", lambda *_: None)
    monkeypatch.setattr("common.consumer.GIVE_BACK_SECONDS", 0.05)

    @contextmanager
    def hear(service: str, handlers: Handlers, database: Database) -> Iterator[None]:
        consumer = EventConsumer(service, handlers, database)
        thread = threading.Thread(target=consumer.run, name=f"{service}-consumer")
        thread.start()
        try:
            yield
        finally:
            consumer.stop()
            thread.join(15)
            assert not thread.is_alive()

    return hear


@pytest.fixture
def run_program() -> Callable[..., int]:
    """Run one of `programs/` to its end, with this process's settings, and return its exit status."""

    def run(name: str, *arguments: str) -> int:
        done = subprocess.run(
            [sys.executable, str(PROGRAMS / f"{name}.py"), *arguments],
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            timeout=300,
            check=False,
        )
        return done.returncode

    return run


@pytest.fixture
def ask(booking: Booking, broker: Broker) -> Ask:
    """Return a function that asks booking_svc to hold seats of departure 17, with an Idempotency-Key or none."""
    app = web()

    def send(key: str | None, *, seats: Sequence[str] = ("12A",)) -> Any:
        body = {
            "departures": [{"departureId": 17, "seats": list(seats)}],
            "passengers": [{"firstName": "Ada", "lastName": "Lovelace"}],
            "contact": {"email": "ada@example.org"},
            "payLater": True,
        }
        headers = {"Idempotency-Key": key} if key else {}
        return app.test_client().post("/reservations", json=body, headers=headers)

    return send


@pytest.fixture
def payment(clean):
    return clean["payment"]


@pytest.fixture
def operator(payment):
    """The operators' endpoints of payment_svc over what is parked, as `(method, path, body) -> answer`."""
    web = create_api(
        "payment",
        title="tests",
        database=payment,
        blueprints=[parking_blueprint("payment", database=payment, handlers=HANDLERS)],
        probes={},
    ).test_client()

    def ask(method, path, body=None, *, headers=OPERATOR):
        sent = {} if body is None else {"data": codec.dumps(body), "content_type": "application/json"}
        return web.open(path, method=method, headers=headers, **sent)

    return ask
