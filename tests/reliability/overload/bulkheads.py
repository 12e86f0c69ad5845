"""One part in trouble, the others not: a slow bank beside searches, and a consumer far behind."""

import time

import pika

from common import codec
from deploy.supervise import Supervisor
from tests.builders import an_initiated
from tests.reliability.overload import memory
from tests.reliability.overload.rounds import at
from tests.reliability.overload.traffic import SEARCH, Traffic
from tests.reliability.rest import Rest
from tests.stack import wait

# How long the bank takes with `tok_slow`; below the three seconds after which it is asked again.
BANK_SECONDS = 2.5
# As calm as an ordinary day: what is measured is one request, not a crowd.
A_SECOND, SECONDS = 6.0, 20.0
CONSUMER, QUEUE, EVENTS = "payment-consumer", "payment.inbox.booking", 10_000
DRAIN_SECONDS = 900.0


def with_a_slow_bank(traffic: Traffic) -> str:
    """Search while people pay by a good bank, then by a slow one; return how long a search took each time."""
    took = {}
    for token in ("tok_visa", "tok_slow"):
        sent = traffic.send(a_second=A_SECOND, seconds=SECONDS, token=token, one_in=2)
        took[token] = sorted(each.seconds * 1000 for each in sent.answers if each.kind == SEARCH and each.status == 200)
    good, slow = took["tok_visa"], took["tok_slow"]
    return (
        f"search p50 {at(good, 0.5):.0f} -> {at(slow, 0.5):.0f} ms, p90 {at(good, 0.9):.0f} -> {at(slow, 0.9):.0f} ms"
        f" ({len(good)} and {len(slow)} searches)"
    )


def with_a_late_consumer(supervisor: Supervisor, rest: Rest) -> str:
    """Stop a consumer, let events pile up, start it again; return how fast it caught up, and what memory that took."""
    supervisor.stop_program(CONSUMER)
    connection = pika.BlockingConnection(pika.URLParameters(rest.broker_url))
    try:
        channel = connection.channel()
        kind = pika.BasicProperties(content_type="application/json", delivery_mode=2)
        for number in range(EVENTS):
            event = an_initiated(reservation_id=10_000_000 + number)
            channel.basic_publish("booking.events", event.routing_key(), codec.dumps(event.to_wire()).encode(), kind)
        wait(lambda: _depth(channel) >= EVENTS, what="the events to pile up", seconds=60)
        supervisor.start_program(CONSUMER)
        wait(lambda: _depth(channel) < EVENTS, what="the consumer to begin", seconds=120)
        began, left, before = time.monotonic(), _depth(channel), memory.of_one(supervisor, CONSUMER)
        wait(lambda: _depth(channel) == 0, what="the consumer to catch up", seconds=DRAIN_SECONDS)
        rate = left / (time.monotonic() - began)
        after = memory.of_one(supervisor, CONSUMER)
    finally:
        connection.close()
    return f"{EVENTS} events drained at {rate:.0f}/s, its memory {before:.0f} -> {after:.0f} MB"


def _depth(channel: pika.adapters.blocking_connection.BlockingChannel) -> int:
    return int(channel.queue_declare(QUEUE, passive=True).method.message_count)
