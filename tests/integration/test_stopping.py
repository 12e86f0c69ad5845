"""
A process that is told to stop with work in hand: it finishes that or gives it back, and ends well in bounded time.

The processes are the topology's own, each alone; tests/e2e/test_stopping.py stops all of a running system.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from redis import Redis
from sqlalchemy import Engine, func, select, text

from common import codec, sending, stopping
from common.db import Database
from common.inbox import inbox
from common.outbox import outbox
from payment_svc.models import Payment
from sandbox.bank.serving import serving
from sandbox.bank.settings import BankSettings
from tests.broker import Broker
from tests.builders import an_authorize_command, an_initiated
from tests.processes import STOP_SECONDS, PlainProcess, celery_app, current, program_of
from tests.stack import wait
from tests.surroundings import also

QUEUE, THREADS = "payment.commands", 8
#: More than a worker takes up at once.
COMMANDS = 20
# Shorter than the three seconds for which payment_svc waits for an answer.
SLOW_SECONDS = 2.0


class Worker:
    """A payment worker with commands to carry out, over one broker or the other."""

    def __init__(self, process: PlainProcess, url: str, payments: Database) -> None:
        self.process = process
        self._url = url
        self._payments = payments

    def send(self, count: int) -> None:
        """Ask for so many payments, of a reservation each."""
        app = celery_app()
        with current(app):
            for number in range(count):
                sending.send(an_authorize_command(reservation_id=number + 1))
        app.close()

    def depth(self) -> int:
        """Return how many commands wait in the queue, held by nobody."""
        if self._url.startswith("redis"):
            with Redis.from_url(self._url) as redis:
                return int(redis.llen(QUEUE))
        broker = Broker(self._url)
        try:
            return broker.depth(QUEUE)
        finally:
            broker.close()

    def statuses(self) -> list[str]:
        """Return the status of every payment there is."""
        return self._payments.read(lambda session: list(session.scalars(select(Payment.status))))


@pytest.fixture(params=["rabbitmq", "redis"])
def broker_url(request, broker, servers) -> Iterator[str]:
    """The broker of the servers way, and then that of the embedded way, empty."""
    if request.param == "rabbitmq":
        yield broker.url
        return
    url = servers.urls.result.removesuffix("0") + "3"
    with Redis.from_url(url) as redis:
        redis.flushdb()
    with also(broker_url=url):
        yield url


@pytest.fixture
def worker(broker_url: str, clean, tmp_path: Path) -> Iterator[Worker]:
    """A payment worker, ready, at a bank that takes its time."""
    slow = BankSettings(database=tmp_path / "bank.db", slow_seconds=SLOW_SECONDS)
    with serving(slow) as bank_url:
        program = program_of("payment-worker", tmp_path, AEROSAGA_BANK_URL=bank_url)
        process = PlainProcess("payment-worker", program.command, environment=program.environment, log_dir=tmp_path)
        try:
            wait(lambda: b" ready." in process.logs(), what="the worker to be ready", seconds=120)
            yield Worker(process, broker_url, clean["payment"])
        finally:
            process.stop()


@contextmanager
def locked(engine: Engine, table: str) -> Iterator[None]:
    """Let whoever reads or writes a table of MariaDB wait while the block runs."""
    with engine.connect() as connection:
        connection.execute(text(f"LOCK TABLES `{table}` WRITE"))
        try:
            yield
        finally:
            connection.execute(text("UNLOCK TABLES"))


def wait_until_waiting(engine: Engine, *, count: int = 1) -> None:
    """Wait until so many statements of the same user wait for a lock on a table."""
    waiting = text("SELECT COUNT(*) FROM information_schema.processlist WHERE state LIKE 'Waiting for table%'")

    def enough() -> bool:
        # The one who holds the lock has a connection of its own.
        with engine.connect() as connection:
            return connection.scalar(waiting) >= count

    wait(enough, what=f"{count} to wait for a lock", seconds=120)


def wait_for_the_end(process: PlainProcess) -> int | None:
    """Wait until a process has ended and return its exit status."""
    wait(lambda: process.status == "exited", what="the process to end", seconds=90)
    return process.exit_status


class TestAWorker:
    def test_finishes_the_commands_in_hand_and_returns_all_others(self, worker, clean):
        payments = clean["payment"].engine
        with locked(payments, "payment"):
            worker.send(COMMANDS)
            wait_until_waiting(payments, count=THREADS)
            worker.process.terminate()
            wait(lambda: b"hutdown" in worker.process.logs(), what="the worker to hear of it", seconds=60)

        assert wait_for_the_end(worker.process) == 0
        done = worker.statuses()
        assert done == ["authorized"] * len(done)
        assert len(done) >= THREADS
        wait(lambda: worker.depth() + len(done) == COMMANDS, what="every other command to be back in its queue")

        worker.process.start()

        wait(lambda: worker.statuses() == ["authorized"] * COMMANDS, what="all to be done", seconds=120)
        assert worker.depth() == 0

    def test_gives_back_what_takes_too_long_and_still_ends_well(self, worker, clean):
        payments = clean["payment"].engine
        with locked(payments, "payment"):
            worker.send(1)
            wait_until_waiting(payments)
            worker.process.terminate()
            began = time.monotonic()

            assert wait_for_the_end(worker.process) == 0
            assert time.monotonic() - began >= stopping.FINISH_SECONDS - 1
            wait(lambda: worker.depth() == 1, what="the command to be back in its queue")
            assert b"giving back: payment_svc.authorize_payment" in worker.process.logs()
        assert worker.statuses() == []

        worker.process.start()

        wait(lambda: worker.statuses() == ["authorized"], what="the command to be carried out", seconds=120)


class TestAConsumer:
    def test_finishes_its_batch_and_acknowledges_it(self, broker, clean, tmp_path):
        payments = clean["payment"]
        program = program_of("payment-consumer", tmp_path)
        process = PlainProcess("payment-consumer", program.command, environment=program.environment, log_dir=tmp_path)
        try:
            wait(lambda: b"hearing" in process.logs(), what="the consumer to listen", seconds=120)
            with locked(payments.engine, "inbox"):
                events = [an_initiated(reservation_id=number + 1) for number in range(5)]
                bodies = [codec.dumps(event.to_wire()) for event in events]
                broker.put(*bodies, exchange="booking.events", routing_key="ReservationInitiated.v1")
                wait_until_waiting(payments.engine)
                process.terminate()
                time.sleep(1)

            assert wait_for_the_end(process) == 0
        finally:
            process.stop()
        applied = payments.read(lambda session: session.scalar(select(func.count()).select_from(inbox)))
        assert applied + broker.depth("payment.inbox.booking") == len(events)
        assert applied >= 1


class TestASweeper:
    def test_finishes_the_batch_it_publishes(self, broker, clean, tmp_path):
        database = clean["payment"]
        program = program_of("payment-sweeper", tmp_path)
        process = PlainProcess("payment-sweeper", program.command, environment=program.environment, log_dir=tmp_path)
        app = celery_app()
        try:
            wait(lambda: b" ready." in process.logs(), what="the sweeper to be ready", seconds=120)
            with locked(database.engine, outbox.name):
                app.send_task("payment_svc.relay_outbox", queue="payment.sweeps")
                wait_until_waiting(database.engine)
                process.terminate()
                wait(lambda: b"hutdown" in process.logs(), what="the sweeper to hear of it", seconds=60)

            assert wait_for_the_end(process) == 0
        finally:
            process.stop()
            app.close()


class TestBeat:
    def test_ends_well(self, broker, tmp_path):
        program = program_of("beat", tmp_path)
        process = PlainProcess("beat", program.command, environment=program.environment, log_dir=tmp_path)
        try:
            wait(lambda: broker.depth("payment.sweeps"), what="beat to ask for something", seconds=120)
            process.terminate()
            began = time.monotonic()

            assert wait_for_the_end(process) == 0
            assert time.monotonic() - began < STOP_SECONDS
        finally:
            process.stop()
