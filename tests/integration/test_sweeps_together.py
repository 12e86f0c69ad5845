"""Every sweep of every service, twice at the same moment on MariaDB: what is due is done once, and nobody fails."""

import importlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from uuid import uuid4

import pytest
from celery import Celery
from kombu import pools
from sqlalchemy import func, insert, select, update

import auditor_svc.tasks
import celeryconfig
import notification_svc.tasks
import payment_svc.tasks
from auditor_svc.models import SeenFinding
from auditor_svc.provider import Books
from auth_svc.models import SigningKey
from auth_svc.service import signing
from booking_svc.models import AccessCode, CodeRequest
from booking_svc.service import guests
from common import queues
from common.columns import now
from common.contracts.subscriptions import SERVICES
from common.db import Database
from common.outbox import outbox
from common.parking.messages import parked_message
from common.saga import saga_run
from notification_svc.consumers import HANDLERS
from notification_svc.models import Message
from payment_svc.models import Payment
from payment_svc.service import authorizing, paying
from tests.broker import Broker
from tests.builders import a_confirmed, an_authorize_command
from tests.integration.booking import Booking
from tests.integration.notification_svc.webhooks.hooks import Hooks
from tests.integration.notification_svc.webhooks.receiver import receiving
from tests.integration.payment_svc.fake_bank import FakeBank
from tests.processes import celery_app, current
from tests.stack import wait
from tests.together import together
from tests.travels import Journey

SWEEPS = sorted({entry["task"] for entry in celeryconfig.beat_schedule.values()})
# More than one batch of what has batches, so that two sweeps meet in the middle.
MANY = 2500
SOME = 12


@dataclass
class World:
    """All services with nothing to do, and a broker that keeps what they say."""

    databases: Mapping[str, Database]
    broker: Broker
    booking: Booking
    monkeypatch: pytest.MonkeyPatch

    def count(self, service: str, table: object, *conditions: object) -> int:
        """Return how many rows of a table there are."""
        wanted = select(func.count()).select_from(table).where(*conditions)
        return self.databases[service].read(lambda session: session.scalar(wanted)) or 0

    def fill(self, service: str, table: object, rows: list[dict[str, object]]) -> None:
        """Write rows."""
        self.databases[service].write(lambda session: session.execute(insert(table), rows) and None)


#: Makes work for a sweep, and returns what tells whether it was done exactly once.
Work = Callable[[World, str], Callable[[], bool]]


@pytest.fixture
def world(clean, broker, booking, monkeypatch) -> World:
    return World(databases=clean, broker=broker, booking=booking, monkeypatch=monkeypatch)


@pytest.fixture
def app(broker, servers) -> Iterator[Celery]:
    """Celery with the tasks of every service."""
    for service in SERVICES:
        importlib.import_module(f"{service}_svc.tasks")
    # What earlier tests have published with may have been cut since: a sweep leaves what was not sent to the next one,
    # and here there is none.
    pools.reset()
    with celery_app() as made:
        yield made


class TestTwoSweepsAtOnce:
    @pytest.mark.parametrize("sweep", SWEEPS)
    def test_do_what_is_due_once(self, world, app, sweep):
        service, _, name = sweep.partition("_svc.")
        done = WORK[name](world, service)

        def carry_out() -> None:
            with current(app):  # what is current is so for one thread
                app.tasks[sweep].run()

        together(carry_out, carry_out)

        assert done()


def published(world: World, service: str) -> Callable[[], bool]:
    """Events are told once each."""
    world.broker.channel.queue_declare("tests.told", exclusive=True)
    world.broker.channel.queue_bind("tests.told", f"{service}.events", "#")
    said = {"exchange": f"{service}.events", "type": "Nothing", "version": 1, "body": {"type": "Nothing"}}
    ids = [uuid4() for _ in range(SOME * 50)]
    at = _past(world, service, 1)
    rows = [{**said, "event_id": each, "correlation_id": each, "occurred_at": at} for each in ids]
    world.fill(service, outbox, rows)

    def done() -> bool:
        heard = [message.properties.message_id for message in world.broker.take("tests.told")]
        world.broker.channel.queue_delete("tests.told")
        return sorted(heard) == sorted(map(str, ids)) and not world.count(
            service, outbox, outbox.c.published_at.is_(None)
        )

    return done


def drained(world: World, service: str) -> Callable[[], bool]:
    """What the broker has parked is found in the table, once each."""
    queue = queues.commands(service).name
    for number in range(SOME):
        headers = {"id": f"{service}-{number}", "task": f"{service}_svc.nothing"}
        world.broker.put("[[], {}, {}]", exchange="", routing_key=queues.parked(queue).name, headers=headers)
    wait(lambda: world.broker.depth(queues.parked(queue).name) == SOME, what="the broker to have them")
    return lambda: world.count(service, parked_message) == SOME and not world.broker.depth(queues.parked(queue).name)


def pruned(world: World, service: str) -> Callable[[], bool]:
    """What is old is forgotten, all of it."""
    long_ago = _past(world, service, 40 * 86400)
    old = {"exchange": "x", "type": "Nothing", "version": 1, "body": {}, "occurred_at": long_ago}
    rows = [{**old, "event_id": uuid4(), "correlation_id": uuid4(), "published_at": long_ago} for _ in range(MANY)]
    world.fill(service, outbox, rows)
    return lambda: world.count(service, outbox) == 0


def woken(world: World, service: str) -> Callable[[], bool]:
    """Holds whose time is over are turned back once each, by one command each."""
    for number in range(1, 7):
        reservation, _ = world.booking.request(f"{number + 20}A")
        world.booking.let_time_run_out(reservation)

    def done() -> bool:
        sent = world.broker.take("payment.commands")
        once = saga_run.c.state == "rewinding", saga_run.c.attempts == 1
        return len(sent) == 6 == world.count("booking", saga_run, *once)

    return done


def mailed_codes(world: World, service: str) -> Callable[[], bool]:
    """Whoever asked for a code gets one mail."""
    for number in range(1, 7):
        reservation, _ = world.booking.request(f"{number + 20}A")
        facts = {
            "locator": reservation.locator,
            "last_name": f"Lovelace-{number + 20}A",
            "address": f"192.0.2.{number}",
        }
        guests.ask_for_code(world.databases["booking"], correlation_id=uuid4(), **facts)

    def done() -> bool:
        sent = world.broker.take("notification.commands")
        return len(sent) == 6 == world.count("booking", AccessCode) and not world.count("booking", CodeRequest)

    return done


def settled(world: World, service: str) -> Callable[[], bool]:
    """What is due at the bank is asked for once."""
    bank = FakeBank()
    world.monkeypatch.setattr(payment_svc.tasks, "bank", lambda: bank)
    database = world.databases["payment"]
    for number in range(1, 7):
        authorizing.authorize(database, bank, an_authorize_command(reservation_id=number, correlation_id=uuid4()))
        database.write(paying.note_confirmed, [a_confirmed(reservation_id=number, correlation_id=uuid4())])
    asked = bank.asks

    def done() -> bool:
        captured = [act for act, _ in bank.acts].count("capture")
        return captured == bank.asks - asked == 6 == world.count("payment", Payment, Payment.status == "captured")

    return done


def rotated(world: World, service: str) -> Callable[[], bool]:
    """There is a key to sign with, and whatever is signed with it is believed."""

    def done() -> bool:
        token = world.databases["auth"].write(signing.access_token, claims={"sub": "usr_ada", "role": "traveller"})
        ring = world.databases["auth"].read(signing.published)
        return bool(ring.verify(token, kind=signing.KIND)) and world.count("auth", SigningKey) >= 1

    return done


def posted(world: World, service: str) -> Callable[[], bool]:
    """Each delivery is posted once."""
    hooks = Hooks(world.databases["notification"])
    world.monkeypatch.setattr(notification_svc.tasks, "receiver", lambda: hooks.receiver)
    context = receiving()
    endpoint = context.__enter__()
    hooks.add(endpoint.url)
    hooks.hear(*[Journey("ada@example.org", reservation_id=number).held() for number in range(1, SOME + 1)])

    def done() -> bool:
        context.__exit__(None, None, None)
        return len(endpoint.ids()) == SOME == len(set(endpoint.ids()))

    return done


def written(world: World, service: str) -> Callable[[], bool]:
    """Each reservation is written about once."""
    for number in range(1, SOME + 1):
        journey = Journey("ada@example.org", reservation_id=number)
        for event in (journey.recorded(), journey.initiated(), journey.confirmed(), journey.held()):
            world.databases["notification"].write(HANDLERS[type(event)][0], [event])
    return lambda: world.count("notification", Message) == SOME


class Outbound:
    """Takes every message, and knows which."""

    timeout_seconds = 5.0

    def __init__(self) -> None:
        self.sent: list[int] = []

    def send(self, message: Message) -> None:
        self.sent.append(message.id)

    def tidy(self) -> None:
        pass


def delivered(world: World, service: str) -> Callable[[], bool]:
    """Each message is sent once."""
    written(world, service)
    notification_svc.tasks.write_letters.run()
    to_all = update(Message).values(recipient=func.concat(Message.id, "@example.org"), next_attempt_at=now())
    world.databases["notification"].write(lambda session: session.execute(to_all) and None)
    outside = Outbound()
    world.monkeypatch.setattr(notification_svc.tasks, "post", lambda: outside)

    def done() -> bool:
        return (
            len(outside.sent)
            == SOME
            == len(set(outside.sent))
            == world.count(service, Message, Message.state == "sent")
        )

    return done


def audited(world: World, service: str) -> Callable[[], bool]:
    """Who does not answer is seen once, which is no finding yet: it may just have been starting."""
    nowhere = Books(urls=dict.fromkeys(SERVICES, "http://127.0.0.1:1"), token="nobody's")
    world.monkeypatch.setattr(auditor_svc.tasks, "books", lambda: nowhere)
    return lambda: len(SERVICES) == world.count("auditor", SeenFinding, SeenFinding.sightings == 1)


def _past(world: World, service: str, seconds: float) -> object:
    return world.databases[service].read(lambda session: session.scalar(select(now(seconds=-seconds))))


WORK: dict[str, Work] = {
    "relay_outbox": published,
    "drain_parked": drained,
    "prune": pruned,
    "wake_sagas": woken,
    "mail_access_codes": mailed_codes,
    "settle_payments": settled,
    "rotate_keys": rotated,
    "send_webhooks": posted,
    "write_letters": written,
    "deliver_messages": delivered,
    "audit": audited,
}
