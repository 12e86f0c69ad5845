"""
A worker is killed in the middle of a saga; another one, or the same one started again, brings it to its end.

The workers are the real processes, held and killed through pytest-celery's cluster. No sweep runs here: what is shown
is that a command which was being carried out is given to somebody else, and does its work once.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from pytest_celery import CeleryTestSetup, CeleryTestWorker, CeleryWorkerCluster
from sqlalchemy import select

from booking_svc.models import Reservation
from booking_svc.sagas import SAGAS
from common.db import Database
from payment_svc.models import Payment
from sandbox.bank.serving import serving
from sandbox.bank.settings import BankSettings
from tests.broker import Broker
from tests.integration.booking import Booking
from tests.processes import celery_app, current, program_of, worker
from tests.stack import wait

# Shorter than the three seconds for which payment_svc waits for an answer, and long enough to kill somebody.
SLOW_SECONDS = 2.0
AUTHORIZE, CONFIRM = "payment_svc.authorize_payment", "booking_svc.confirm_reservation"
# Two of payment_svc, so that one can take over from the other.
NODES = {"booking": "booking-worker", "payment": "payment-worker", "payment-too": "payment-worker"}


@dataclass(frozen=True)
class Cluster:
    """Workers of both services and a bank of their own."""

    setup: CeleryTestSetup
    nodes: dict[str, CeleryTestWorker]
    bank_url: str

    def running(self, task: str) -> list[str]:
        """Return the names of the nodes that carry out `task` now."""
        active = self.setup.app.control.inspect(timeout=0.7).active() or {}
        busy = {host for host, tasks in active.items() if any(one["name"] == task for one in tasks)}
        return [name for name, node in self.nodes.items() if any(host.endswith(f"-{pid(node)}") for host in busy)]

    def wait_until_running(self, task: str) -> str:
        """Return the name of the node that carries out `task`, as soon as there is one."""
        return wait(lambda: self.running(task), what=f"somebody to carry out {task}")[0]

    def ledger(self) -> list[str]:
        """Return every act in the bank's ledger, oldest first."""
        answer = httpx.get(f"{self.bank_url}/ledger", trust_env=False).json()
        return [entry["act"] for entry in answer["entries"]]


def pid(node: CeleryTestWorker) -> int:
    return node.container._container.pid


@pytest.fixture
def bank_url(tmp_path: Path) -> Iterator[str]:
    with serving(BankSettings(database=tmp_path / "bank.db", slow_seconds=SLOW_SECONDS)) as url:
        yield url


@pytest.fixture
def cluster(broker: Broker, bank_url: str, tmp_path: Path) -> Iterator[Cluster]:
    """The workers, ready."""
    app = celery_app()
    nodes = {}
    try:
        for name, process in NODES.items():
            program = program_of(process, tmp_path, AEROSAGA_BANK_URL=bank_url, AEROSAGA_HOLD_SECONDS="900")
            nodes[name] = worker(name, program.command, environment=program.environment, log_dir=tmp_path, app=app)
        setup = CeleryTestSetup(CeleryWorkerCluster(*nodes.values()), None, None, app)
        assert setup.ready(control=True)
        with current(app):
            yield Cluster(setup, nodes, bank_url)
    finally:
        for node in nodes.values():
            node.teardown()
        app.close()


def begin(booking: Booking, token: str) -> Reservation:
    """Request a reservation paid with `token`, and send its saga on its way."""
    reservation, order = booking.request("12A", payments=[{"kind": "card", "token": token}])
    assert order.send(SAGAS)
    return reservation


def assert_confirmed_once(booking: Booking, reservation: Reservation, cluster: Cluster) -> None:
    wait(
        lambda: booking.show(reservation).status != "pending",
        what="the reservation to reach its end",
        seconds=40,
    )
    assert (booking.show(reservation).status, booking.saga_state(reservation)) == ("confirmed", "finished")
    assert booking.seats() == {"12A": "held"}
    assert [event["type"] for event in booking.told("ReservationConfirmed", "SeatHeld")] == [
        "ReservationConfirmed",
        "SeatHeld",
    ]
    assert cluster.ledger() == ["authorize"]


def assert_paid_once(database: Database) -> None:
    payments = database.read(lambda session: session.scalars(select(Payment)).all())
    assert [payment.status for payment in payments] == ["authorized"]


class TestAPaymentWorkerKilledWhileTheBankThinks:
    def test_leaves_its_command_to_another_worker(self, cluster, booking, clean):
        reservation = begin(booking, "tok_slow")
        busy = cluster.wait_until_running(AUTHORIZE)

        cluster.nodes[busy].kill()

        assert_confirmed_once(booking, reservation, cluster)
        assert_paid_once(clean["payment"])
        assert cluster.nodes[busy].container.status == "exited"

    def test_finds_its_command_again_when_it_is_started_again(self, cluster, booking, clean):
        reservation = begin(booking, "tok_slow")
        cluster.wait_until_running(AUTHORIZE)

        for name in ("payment", "payment-too"):
            cluster.nodes[name].kill()
        time.sleep(SLOW_SECONDS)  # the bank has decided by now, and there was nobody to hear it
        assert booking.show(reservation).status == "pending"
        cluster.nodes["payment"].restart()

        assert_confirmed_once(booking, reservation, cluster)
        assert_paid_once(clean["payment"])


class TestABookingWorkerKilledAtThePivot:
    def test_confirms_once_when_it_is_started_again(self, cluster, booking, clean):
        reservation, order = booking.request("12A")
        with booking.database.engine.connect() as connection:
            # Whoever wants to confirm waits here, with the command in hand.
            connection.execute(select(Reservation.id).where(Reservation.id == reservation.id).with_for_update())
            assert order.send(SAGAS)
            assert cluster.wait_until_running(CONFIRM) == "booking"

            cluster.nodes["booking"].kill()
            connection.rollback()

        assert booking.show(reservation).status == "pending"
        cluster.nodes["booking"].restart()

        assert_confirmed_once(booking, reservation, cluster)
        assert_paid_once(clean["payment"])
