"""A message that kills every process which reads it, until the broker gives it up; the others get through meanwhile."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pika

import celeryconfig
from common import codec
from common.contracts.booking import ReservationConfirmRequested
from common.contracts.payment import PaymentVoidRequested
from common.messages import Command
from tests.builders import a_confirmed, an_authorized
from tests.reliability.faults.kinds.kind import Kind
from tests.reliability.faults.kinds.messages import channel
from tests.reliability.faults.schedule import Pace, Strike
from tests.reliability.faults.system import System
from tests.stack import wait

# Twenty-one deaths, each some seconds after the last one, on a machine that does other things too.
PARKED_SECONDS = 900
#: What is sent to each queue to kill its readers: any reservation's number, since nobody gets so far as to look it up.
NUMBER = 2**31 - 1


@dataclass(frozen=True, kw_only=True)
class Poison:
    """
    A message, and where its reader dies of it.

    `others` counts, in the service's own tables, what else of its kind was done between two moments.
    """

    service: str
    point: str
    of: str
    body: bytes
    properties: pika.BasicProperties
    others: str


def event(service: str, made: Any) -> Poison:
    """Return an event that kills the consumer of a service."""
    kind = type(made)
    return Poison(
        service=service,
        point="event.delivered",
        of=f"{service}.{kind.routing_key()}",
        body=codec.dumps(made.to_wire()).encode(),
        properties=pika.BasicProperties(
            content_type="application/json", message_id=str(made.event_id), delivery_mode=2
        ),
        others=f"SELECT COUNT(*) FROM inbox WHERE type = '{kind.__name__}' AND handled_at BETWEEN '{{}}' AND '{{}}'",
    )


def command(service: str, made: Command) -> Poison:
    """Return a command that kills the worker of a service, as Celery would have sent it."""
    name = str(made.correlation_id)
    following = dict.fromkeys(("callbacks", "errbacks", "chain", "chord"))
    nothing = dict.fromkeys(("parent_id", "group", "eta", "expires"))
    headers = {"lang": "py", "task": made.task, "id": name, "root_id": name, "retries": 0, **nothing}
    return Poison(
        service=service,
        point="command.delivered",
        of=type(made).__name__,
        body=codec.dumps([[], made.to_wire(), following]).encode(),
        properties=pika.BasicProperties(
            content_type=celeryconfig.EXACT_JSON,
            content_encoding="utf-8",
            correlation_id=name,
            headers=headers,
            delivery_mode=2,
        ),
        others="SELECT COUNT(*) FROM journal WHERE kind = 'command' AND at BETWEEN '{}' AND '{}'",
    )


def poison(queue: str, name: UUID) -> Poison:
    """Return what kills whoever reads this queue; `name` is the id of an event, the correlation id of a command."""
    match queue:
        case "payment.commands":
            return command("payment", PaymentVoidRequested(correlation_id=name, reservation_id=NUMBER))
        case "booking.commands":
            return command("booking", ReservationConfirmRequested(correlation_id=name, reservation_id=NUMBER))
        case "booking.inbox.payment":
            return event("booking", an_authorized(event_id=name, reservation_id=NUMBER))
        case _:
            return event(queue.split(".")[0], a_confirmed(event_id=name, reservation_id=NUMBER))


@contextmanager
def _killing(system: System, strike: Strike) -> Iterator[None]:
    """It lies in its queue until it is parked with the number of its deliveries; no more readers than that died."""
    name, queue = uuid4(), strike.target
    sent = poison(queue, name)
    parked = f"SELECT deliveries, parked_at FROM parked_message WHERE message_id = '{name}' AND queue = '{queue}'"
    with system.alone(queue):
        system.armory.arm_message(name, sent.point, of=sent.of)
        (began,) = system.rows(sent.service, "SELECT NOW(6)")[0]
        with channel(system) as opened:
            opened.basic_publish("", queue, sent.body, sent.properties, mandatory=True)
        system.injected += 1
        (row,) = wait(
            lambda: system.rows_when_it_answers(sent.service, parked),
            what=f"{queue} to give up a message that kills its readers",
            seconds=PARKED_SECONDS,
        )
        deaths = system.armory.passages(sent.point, of=sent.of)
        system.executions[f"{name} at {queue}"] = deaths
        # Fewer died than it was delivered to if another one was told to stop, or lost the broker, with it in hand.
        if not 1 < deaths <= row.deliveries:
            system.wrongs.append(f"{queue}: {deaths} readers died of {name}, it is parked with {row.deliveries}")
        others = system.rows_when_it_answers(sent.service, sent.others.format(began, row.parked_at))
        if not others or not others[0][0]:
            system.wrongs.append(f"{queue}: nothing got through while {name} killed its readers")
    yield


KINDS = (
    Kind(
        name="reader-killer",
        about="a message of which every process that reads it dies, until it is parked; others must get through",
        deed=_killing,
        pace=Pace(
            targets=("payment.inbox.booking", "payment.commands", "booking.inbox.payment", "booking.commands"),
            every=12.0,
        ),
        floor=2,
    ),
)
