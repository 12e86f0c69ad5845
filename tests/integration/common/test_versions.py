"""Two versions of one event over real servers: consumers of either are served, and each fact is applied once."""

import pytest
from sqlalchemy import select

from common import codec, inbox, outbox
from common.bus import Publisher
from common.contracts import flight, flight_v2
from tests.builders import a_seat_map
from tests.stack import wait

QUEUES = ("booking.inbox.flight", "fare.inbox.flight")


@pytest.fixture
def fact(broker, clean):
    """A seat map that flight_svc has drawn and published, in both versions."""
    event = flight_v2.seat_map_from_v1(a_seat_map())
    clean["flight"].write(outbox.record, event)
    publisher = Publisher(broker.url)
    try:
        assert clean["flight"].write(outbox.relay, publish=publisher.publish, limit=10) == 2
    finally:
        publisher.close()
    return event


class TestOneFact:
    def test_reaches_consumers_of_either_version(self, broker, fact):
        told = {queue: [(one.body["version"], one.body["eventId"]) for one in broker.take(queue)] for queue in QUEUES}

        assert told == {
            "booking.inbox.flight": [(1, str(fact.event_id))],
            "fare.inbox.flight": [(2, str(fact.event_id))],
        }

    def test_is_applied_once_by_who_is_still_bound_to_both(self, broker, clean, fact, hearing):
        # As RabbitMQ keeps it after a subscriber has moved to version 2.
        broker.channel.queue_bind("fare.inbox.flight", "flight.events", flight.SeatMapGenerated.routing_key())
        try:
            clean["flight"].write(outbox.record, fact)  # told again, to both bindings
            publisher = Publisher(broker.url)
            clean["flight"].write(outbox.relay, publish=publisher.publish, limit=10)
            publisher.close()
            heard = []

            def note(session, event):
                heard.append(event)

            with hearing("fare", {flight_v2.SeatMapGenerated: [note]}, clean["fare"]):
                wait(lambda: heard and broker.depth("fare.inbox.flight") == 0, what="the fact to be applied")
        finally:
            broker.channel.queue_unbind("fare.inbox.flight", "flight.events", flight.SeatMapGenerated.routing_key())

        assert [event.cabins for event in heard] == [fact.cabins]
        claims = clean["fare"].read(lambda session: session.execute(select(inbox.inbox.c.event_id)).scalars().all())
        assert claims == [fact.event_id]

    def test_of_which_only_version_1_is_left_is_applied_by_who_knows_version_2(self, broker, clean, hearing):
        first = a_seat_map()
        broker.put(codec.dumps(first.to_wire()), exchange="", routing_key="fare.inbox.flight")
        heard = []

        def note(session, event):
            heard.append(event)

        with hearing("fare", {flight_v2.SeatMapGenerated: [note]}, clean["fare"]):
            wait(lambda: heard, what="the old message to be applied")

        assert isinstance(heard[0], flight_v2.SeatMapGenerated)
        assert heard[0].seat_map_key == first.seat_map_key
