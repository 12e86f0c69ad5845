"""
What each step of a booking costs by itself: CPU of Python, statements and commits, in one process on real servers.

    python -m bench.steps [--bookings 300] [--profile STEP]

The machine's noise moves these figures little: they are counts, and CPU time of this process, in the milliseconds of a
machine that does nothing else. What is not in them: HTTP, Celery's loop, acknowledgements, the CPU of the servers.
"""

from __future__ import annotations

import cProfile
import importlib
import os
import pstats
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from sqlalchemy import Engine, event

from bench.figures import calibrate, table
from common.contracts.subscriptions import SERVICES
from deploy import signing_keys
from deploy.servers import Servers

BATCH = 50
# What `calibrate` says on the machine of the figures in docs/performance.md while it does nothing else, in ms.
PACE = 36.0
KEY = "7a" * 32


class Ledger:
    """Adds up what each step costs."""

    def __init__(self, bookings: int, *, profiled: str | None, calls: bool) -> None:
        self._bookings = bookings
        self._profiled = profiled
        self._calls = calls
        self._statements = self._commits = 0
        self.rows: list[list[str]] = []
        self.profile: pstats.Stats | None = None
        event.listen(Engine, "before_cursor_execute", self._executed)
        event.listen(Engine, "commit", self._committed)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Count what happens inside as a step of every booking."""
        self._statements = self._commits = 0
        profile = cProfile.Profile(time.process_time) if self._calls or name == self._profiled else None
        pace = calibrate()
        began = time.process_time()
        if profile:
            profile.enable()
        yield
        if profile:
            profile.disable()
        spent = (time.process_time() - began) * 1000
        spent *= PACE / ((pace + calibrate()) / 2)
        stats = pstats.Stats(profile) if profile else None
        if name == self._profiled:
            self.profile = stats
        cost = getattr(stats, "total_calls", 0) if self._calls else spent
        self.rows.append(
            [name, *(f"{value / self._bookings:.2f}" for value in (cost, self._statements, self._commits))]
        )

    def _executed(self, *_: Any) -> None:
        self._statements += 1

    def _committed(self, *_: Any) -> None:
        self._commits += 1


@click.command()
@click.option("--bookings", default=300, show_default=True, help="How many; the figures are for one.")
@click.option("--profile", help="Show where the CPU of this step goes.")
@click.option("--run-dir", type=click.Path(path_type=Path), help="Servers to use; they are started and left running.")
@click.option("--calls", is_flag=True, help="Count calls of functions instead of CPU: the same on a busy machine.")
def main(bookings: int, profile: str | None, run_dir: Path | None, calls: bool) -> None:
    """Measure every step of a booking by itself."""
    ledger = Ledger(bookings, profiled=profile, calls=calls)
    with tempfile.TemporaryDirectory() as directory:
        servers = Servers(run_dir or Path(directory))
        servers.start(tether=run_dir is None)
        try:
            set_up(servers)
            book(bookings, ledger)
        finally:
            if run_dir is None:
                servers.stop()
    ledger.rows.append(["all", *(f"{sum(float(row[place]) for row in ledger.rows):.2f}" for place in (1, 2, 3))])
    click.echo(table(["step", "calls" if calls else "CPU ms", "statements", "commits"], ledger.rows))
    if ledger.profile:
        ledger.profile.sort_stats("cumulative").print_stats(70)
        ledger.profile.sort_stats("tottime").print_stats(40)


def set_up(servers: Servers) -> None:
    """Tell this process where the servers are, and make tables and queues."""
    os.environ.update(
        AEROSAGA_BROKER_URL=servers.urls.broker,
        AEROSAGA_RESULT_URL=servers.urls.result,
        AEROSAGA_RESERVATION_KEY=KEY,
        AEROSAGA_RESERVATION_PUBLIC_KEYS=signing_keys.public(KEY),
        AEROSAGA_LOG_LEVEL="WARNING",
        # All are asked for before the first is completed: none is refused for those before it.
        AEROSAGA_SAGA_BACKLOG_SECONDS="1000000",
        **{f"AEROSAGA_{service.upper()}_DATABASE_URL": url for service, url in servers.urls.databases.items()},
    )
    from kombu import Connection

    from common import migrations, queues

    for service in SERVICES:
        migrations.upgrade(service)
    with Connection(servers.urls.broker) as connection:
        queues.declare(connection.default_channel)


def book(bookings: int, ledger: Ledger) -> list[tuple[int, Any, Any]]:
    """
    Book through every step, each for all bookings before the next, and return number, correlation id and price of each.

    The departures are new ones: their numbers are the time in seconds.
    """
    # Imported when the settings are there.
    from booking_svc import app as booking
    from booking_svc.models import database as booking_database
    from booking_svc.service import departures, fares, reserving, settling
    from common.bus import Publisher
    from common.config import settings
    from common.contracts.booking import ReservationConfirmRequested
    from common.outbox import relay
    from notification_svc.models import database as notification_database
    from notification_svc.service import composing, delivering
    from notification_svc.service.outside import Post
    from payment_svc.models import database as payment_database
    from payment_svc.service import authorizing
    from payment_svc.service import settling as capturing
    from tests.builders import LAYOUT, a_departure, a_seat_map, an_authorize_command, the_fares
    from tests.integration.payment_svc.fake_bank import FakeBank
    from tests.mailbox import mailbox

    reserving.PAY_NOW_SECONDS = 3600  # on a busy machine the last is confirmed much later than it was asked for
    seats = LAYOUT.seat_numbers()
    flights = bookings // len(seats) + 1
    booking_database.write(departures.note_seat_maps, [a_seat_map()])
    first = int(time.time())  # departures that no earlier run on these servers knew
    booking_database.write(departures.note_scheduled, [a_departure(departure_id=first + n) for n in range(flights)])
    booking_database.write(fares.note_fares, the_fares())
    places = [(first + n, seat) for n in range(flights) for seat in seats][:bookings]

    client = booking.web().test_client()

    def ask(departure_id: int, seat: str) -> Any:
        body = {
            "departures": [{"departureId": departure_id, "seats": [seat]}],
            "passengers": [{"firstName": "Ada", "lastName": "Lovelace"}],
            "contact": {"email": "ada@example.org"},
            "payments": [{"kind": "card", "token": "tok_visa"}],
        }
        answer = client.post("/reservations", json=body)
        assert answer.status_code == 202, answer.get_data()
        return answer.get_json()

    made = []
    with ledger.step("POST /reservations, and its saga sent"):
        made = [ask(*place) for place in places]
    made = [_of(booking_database, each["locator"]) for each in made]

    bank: Any = FakeBank()
    answers = []
    with ledger.step("authorize payment"):
        for number, correlation_id, price in made:
            command = an_authorize_command(reservation_id=number, correlation_id=correlation_id, amount=price, part=1)
            answers.append(authorizing.authorize(payment_database, bank, command))
    with ledger.step("confirm reservation"):
        for (number, correlation_id, _), answer in zip(made, answers, strict=True):
            last = ReservationConfirmRequested(correlation_id=correlation_id, reservation_id=number)
            booking_database.write(settling.confirm, last, answers=[answer])

    heard: list[Any] = []

    def collect(publisher: Publisher) -> Callable[..., int]:
        def publish(rows: Sequence[Any]) -> int:
            heard.extend(rows)
            return publisher.publish(rows)

        return publish

    publisher = Publisher(settings().broker_url)
    for name, database in (("booking", booking_database), ("payment", payment_database)):
        with ledger.step(f"relay of {name}"):
            while database.write(relay, publish=collect(publisher), limit=500):
                pass
    for service in ("payment", "booking", "notification", "auditor"):
        _hear(service, heard, ledger)
    with ledger.step("capture payment"):
        for _ in range(bookings // 50 + 2):
            capturing.settle_due(payment_database, bank)
    heard.clear()
    with ledger.step("relay of payment, captured"):
        while payment_database.write(relay, publish=collect(publisher), limit=500):
            pass
    for service in ("booking", "notification"):
        _hear(service, heard, ledger, also="captured")
    written_before = notification_database.read(_newest_message)
    with ledger.step("write letters"):
        while composing.compose_due(notification_database):
            pass
    publisher.close()
    with tempfile.TemporaryDirectory() as folder, mailbox(Path(folder)) as port:
        post = Post(settings().model_copy(update={"smtp_url": f"smtp://127.0.0.1:{port}"}))
        notification_database.write(_due_to_different_people, after=written_before)
        with ledger.step("deliver mail"):
            delivering.deliver_due(notification_database, post)
        post.close()
    return made


def _hear(service: str, rows: Sequence[Any], ledger: Ledger, also: str = "") -> None:
    """Let a service hear, in batches as its consumer takes them, those of the events that it listens to."""
    from common import wire
    from common.applying import Applier
    from common.contracts.subscriptions import SUBSCRIPTIONS

    handlers = importlib.import_module(f"{service}_svc.consumers").HANDLERS
    database = importlib.import_module(f"{service}_svc.models").database
    keys = {kind.routing_key() for kind in SUBSCRIPTIONS[service]}
    bodies = [wire.write(row, in_avro=False) for row in rows if f"{row.type}.v{row.version}" in keys]
    applier = Applier(service, handlers)

    def apply(session: Any, batch: Sequence[Any]) -> None:
        kinds: dict[Any, list[Any]] = {}
        for body, properties in batch:
            read = applier.read(body if isinstance(body, bytes) else body.encode(), properties["content_type"])
            kinds.setdefault(type(read), []).append(read)
        for kind, events in kinds.items():
            applier.apply(session, kind, events)

    with ledger.step(f"{service} hears{' ' + also if also else ''}"):
        for first in range(0, len(bodies), BATCH):
            database.write(apply, bodies[first : first + BATCH])


def _newest_message(session: Any) -> int:
    from sqlalchemy import func, select

    from notification_svc.models import Message

    return session.scalar(select(func.max(Message.id))) or 0


def _due_to_different_people(session: Any, *, after: int) -> None:
    from sqlalchemy import func, update

    from common.columns import now
    from notification_svc.models import Message

    everybody = update(Message).where(Message.id > after, Message.next_attempt_at.is_not(None))
    session.execute(everybody.values(recipient=func.concat(Message.id, "@example.org"), next_attempt_at=now()))


def _of(database: Any, locator: str) -> tuple[int, Any, Any]:
    from sqlalchemy import select

    from booking_svc.models import Reservation

    def look(session: Any) -> tuple[int, Any, Any]:
        found = session.scalars(select(Reservation).where(Reservation.locator == locator)).one()
        return found.id, found.correlation_id, found.price.amount

    return database.read(look)  # type: ignore[no-any-return]


if __name__ == "__main__":
    main()
