"""The system at rest: whether nothing moves any more, and all that can be read of it then."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pika
from celery import Celery
from sqlalchemy import Engine, Row, create_engine, text

import celeryconfig
from aerosaga.invariants import Evidence, Operation, gather
from aerosaga.invariants.messages import ASKED_FOR_AGAIN
from common import codec, queues
from common.contracts.subscriptions import SERVICES
from deploy.servers import Servers
from tests.broker import Broker
from tests.stack import Json

# Each counts what still moves in one service's database.
_MOVING = {
    "booking": (
        "SELECT (SELECT COUNT(*) FROM reservation WHERE status = 'pending')"
        " + (SELECT COUNT(*) FROM saga_run WHERE wake_at IS NOT NULL)"
    ),
    "payment": (
        "SELECT (SELECT COUNT(*) FROM payment WHERE due_at IS NOT NULL)"
        " + (SELECT COUNT(*) FROM refund WHERE due_at IS NOT NULL)"
    ),
}
_UNPUBLISHED = "SELECT COUNT(*) FROM outbox WHERE published_at IS NULL"


class Rest:
    """Looks at the databases, the broker and the bank of a running system, past its services."""

    def __init__(self, run_dir: Path) -> None:
        self._servers = Servers(run_dir)
        self._bank = run_dir / "data" / "bank.db"
        #: The ids of the poisonous messages that somebody has put into queues.
        self._poisonous: list[str] = []
        self._engines: dict[str, Engine] = {
            service: create_engine(self._servers.urls.databases[service], pool_pre_ping=True) for service in SERVICES
        }

    def close(self) -> None:
        """Close the connections."""
        for engine in self._engines.values():
            engine.dispose()

    def moving(self) -> dict[str, int]:
        """Return how much is on its way, by where; empty at rest."""
        found: dict[str, int] = {}
        for service, engine in self._engines.items():
            with engine.connect() as connection:
                found[f"{service} outbox"] = connection.scalar(text(_UNPUBLISHED))
                if service in _MOVING:
                    found[service] = connection.scalar(text(_MOVING[service]))
        found |= self._ready()
        return {place: count for place, count in found.items() if count}

    def wait(self, seconds: float) -> dict[str, int]:
        """Wait until nothing has moved for a second; return what still moves if that takes too long."""
        end = time.monotonic() + seconds
        quiet_since: float | None = None
        moving: dict[str, int] = {"not looked at": 1}
        while time.monotonic() < end:
            moving = self.moving()
            now = time.monotonic()
            quiet_since = None if moving else quiet_since or now
            if quiet_since is not None and now - quiet_since > 1.0:
                # Asked last, as it takes seconds: what somebody holds and has not acknowledged.
                moving = {name: count for name, count in self._held().items() if count}
                if not moving:
                    return {}
                quiet_since = None
            time.sleep(0.25)
        return moving

    def ended(self, locator: str) -> str | None:
        """Return how a reservation ended, once its money is where it belongs; None until then."""
        with self._engines["booking"].connect() as booking:
            status = booking.scalar(
                text("SELECT status FROM reservation WHERE locator = :locator"), {"locator": locator}
            )
        rows = self._payments(locator)
        paid = any(row.status in {"captured", "refunded"} for row in rows)
        still = any(row.due_at is not None for row in rows)
        settled = status == self.payable(locator) and not still and (paid or status != "confirmed")
        return status if settled else None

    def is_turned_back(self, locator: str) -> bool:
        """Return whether a reservation failed because the deadline of its saga had passed."""
        wanted = text("SELECT 1 FROM reservation WHERE locator = :locator AND failure_reason = 'timeout'")
        with self._engines["booking"].connect() as booking:
            return booking.scalar(wanted, {"locator": locator}) is not None

    def payable(self, locator: str) -> str | None:
        """Return what payment_svc knows a reservation as, None if it has not heard what it costs."""
        with self._engines["payment"].connect() as payment:
            return payment.scalar(text("SELECT state FROM payable WHERE locator = :locator"), {"locator": locator})

    def payments(self, locator: str) -> dict[str, str]:
        """Return the status of each payment of a reservation, by its public name."""
        return {row.auth_id: row.status for row in self._payments(locator)}

    def confirmed(self) -> dict[str, float]:
        """Return how many seconds each confirmed reservation took from its request on, by its locator."""
        took = "SELECT locator, TIMESTAMPDIFF(MICROSECOND, created_at, completed_at) / 1e6 FROM reservation"
        with self._engines["booking"].connect() as booking:
            rows = booking.execute(text(f"{took} WHERE status = 'confirmed'"))
            return {locator: float(seconds) for locator, seconds in rows}

    @property
    def broker_url(self) -> str:
        return self._servers.urls.broker

    def evidence(self, history: Sequence[Operation] = ()) -> Evidence:
        """Read everything there is."""
        return gather(
            databases=self._servers.urls.databases,
            bank=self._bank,
            queues=self._depths(),
            history=history,
            injected=len(self._poisonous),
        )

    def published(self, locator: str, kind: str) -> Json:
        """Return the event of this kind that booking_svc told about a reservation, as it was sent."""
        wanted = text(
            "SELECT outbox.body, outbox.occurred_at FROM outbox JOIN reservation USING (correlation_id)"
            " WHERE locator = :locator AND type = :kind"
        )
        with self._engines["booking"].connect() as booking:
            row = booking.execute(wanted, {"locator": locator, "kind": kind}).one()
        body: Json = codec.loads(row.body)
        return body | {"occurredAt": f"{row.occurred_at.isoformat()}Z"}

    def poison(self, queue: str, body: Json) -> None:
        """Put a message into a queue that nobody can read."""
        broker = Broker(self._servers.urls.broker)
        try:
            facts = {"content_type": "application/json", "message_id": body["eventId"]}
            broker.put(codec.dumps(body), exchange="", routing_key=queue, **facts)
        finally:
            broker.close()
        self._poisonous.append(body["eventId"])

    def order(self, sweep: str) -> None:
        """Ask for a sweep as beat does."""
        with Celery(broker=self._servers.urls.broker) as app:
            app.conf.task_queues = queues.tasks()
            app.conf.task_create_missing_queues = False
            options = {entry["task"]: entry["options"] for entry in celeryconfig.beat_schedule.values()}[sweep]
            app.send_task(sweep, **options)

    def _payments(self, locator: str) -> Sequence[Row[Any]]:
        of = (
            "SELECT auth_id, status, due_at FROM payment"
            " WHERE reservation_id = (SELECT reservation_id FROM payable WHERE locator = :locator)"
        )
        with self._engines["payment"].connect() as payment:
            return payment.execute(text(of), {"locator": locator}).all()

    def _depths(self) -> dict[str, int]:
        """Messages by queue, those that somebody holds included; not in Celery's own queues for remote control."""
        listed = self._servers.rabbitmq.control("list_queues", "--vhost", "aerosaga", "name", "messages")
        depths = (line.rsplit(maxsplit=1) for line in listed.splitlines() if line.strip())
        return {name: int(count) for name, count in depths if name.split(".")[0] in SERVICES}

    def _held(self) -> dict[str, int]:
        endless = (*ASKED_FOR_AGAIN, ".parked")
        return {name: count for name, count in self._depths().items() if not name.endswith(endless)}

    def _ready(self) -> dict[str, int]:
        names = [
            queue.name
            for queue in [*queues.tasks(), *(inbox for service in SERVICES for inbox in queues.inboxes(service))]
            if not queue.name.endswith(ASKED_FOR_AGAIN)
        ]
        connection = pika.BlockingConnection(pika.URLParameters(self._servers.urls.broker))
        try:
            channel = connection.channel()
            return {name: int(channel.queue_declare(name, passive=True).method.message_count) for name in names}
        finally:
            connection.close()
