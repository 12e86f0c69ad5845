"""Publishing: every message confirmed or not counted, as an outside AMQP client and a full queue see it."""

from datetime import UTC, datetime
from types import SimpleNamespace
from uuid import UUID, uuid4

import pytest

from common.bus import Publisher
from tests.builders import a_confirmed, a_fare, an_authorized

CONFIRMED = "ReservationConfirmed.v1"
INBOX = "payment.inbox.booking"


def a_row(event, **changes):
    """An outbox row, as the relay reads it."""
    facts = {
        "event_id": event.event_id,
        "exchange": event.exchange,
        "type": type(event).__name__,
        "version": event.version,
        "correlation_id": event.correlation_id,
        "body": event.to_wire(),
        "occurred_at": datetime(2026, 12, 1, 13, 30, 0, 123456, tzinfo=UTC),
    }
    return SimpleNamespace(**facts | changes)


def rows(*reservation_ids, **changes):
    return [a_row(a_confirmed(reservation_id=number), **changes) for number in reservation_ids]


def read(broker, queue=INBOX):
    return [one.body["reservationId"] for one in broker.take(queue)]


@pytest.fixture
def publisher(broker):
    made = Publisher(broker.url)
    yield made
    made.close()


class TestPublish:
    def test_counts_what_the_broker_has_and_keeps_the_order(self, broker, publisher):
        assert publisher.publish(rows(*range(50))) == 50

        assert read(broker) == list(range(50))

    def test_counts_each_batch_of_one_connection_by_itself(self, broker, publisher):
        assert [publisher.publish(rows(*range(size))) for size in (3, 1, 5)] == [3, 1, 5]

    def test_sends_what_the_design_prints_as_a_cloud_event(self, broker, publisher):
        event = an_authorized(correlation_id=UUID(int=1), event_id=UUID(int=2))

        assert publisher.publish([a_row(event)]) == 1

        (got,) = broker.take("booking.inbox.payment")
        assert (got.exchange, got.routing_key) == ("payment.events", "PaymentAuthorized.v1")
        assert {"type": "PaymentAuthorized", "version": 1, "reservationId": 12345}.items() <= got.body.items()
        assert got.body["occurredAt"] == "2026-12-01T13:30:00.123456Z"
        properties = got.properties
        assert (properties.message_id, properties.correlation_id) == (str(UUID(int=2)), str(UUID(int=1)))
        assert (properties.content_type, properties.delivery_mode) == ("application/json", 2)
        headers = {name: value for name, value in properties.headers.items() if name != "x-delivery-count"}
        assert headers == {
            "cloudEvents:specversion": "1.0",
            "cloudEvents:id": str(UUID(int=2)),
            "cloudEvents:source": "/payment_svc",
            "cloudEvents:type": "aerosaga.payment.PaymentAuthorized.v1",
            "cloudEvents:time": "2026-12-01T13:30:00.123456Z",
            "cloudEvents:dataschema": "/contracts/payment.events/PaymentAuthorized.v1.json",
            "traceparent": f"00-{UUID(int=1).hex}-{UUID(int=2).hex[:16]}-01",
        }

    def test_counts_an_event_that_nobody_hears(self, publisher):
        unheard = a_row(an_authorized(), type="PaymentPraised")

        assert publisher.publish([unheard, *rows(1)]) == 2


class TestAFullQueue:
    def test_ends_the_count_at_the_first_message_it_refuses(self, broker, publisher):
        with broker.full_after(2, exchange="booking.events", routing_key=CONFIRMED):
            assert publisher.publish(rows(1, 2, 3, 4, 5)) == 2

    def test_does_not_stop_a_batch_that_follows_when_there_is_room_again(self, broker, publisher):
        with broker.full_after(1, exchange="booking.events", routing_key=CONFIRMED) as small:
            assert publisher.publish(rows(1, 2)) == 1
            broker.channel.queue_purge(small)

            assert publisher.publish(rows(2)) == 1


class TestALateConfirm:
    def test_is_never_taken_for_that_of_the_next_batch(self, broker, publisher):
        publisher.publish(rows(1))
        publisher._confirm_seconds = 0.0
        assert publisher.publish(rows(2)) == 0  # sent, and its confirm comes too late
        publisher._confirm_seconds = 5.0

        with broker.full_after(1, exchange="booking.events", routing_key=CONFIRMED) as small:
            broker.put("{}", exchange="", routing_key=small)

            assert publisher.publish(rows(3)) == 0


class TestAMissingQueue:
    def test_ends_the_count_and_is_declared_anew_for_the_next_round(self, broker, publisher):
        # An event that one service alone hears: without that queue nobody takes it.
        only, fares = "booking.inbox.fare", [a_row(a_fare(fare_id=number)) for number in (2, 3)]
        publisher.publish(rows(1))
        broker.channel.queue_delete(only)

        assert publisher.publish([a_row(an_authorized()), *fares]) == 1
        assert publisher.publish(fares) == 2

        assert [one.body["fareId"] for one in broker.take(only)] == [2, 3]


class TestABrokerThatGoesAway:
    def test_makes_nothing_count_and_is_found_again(self, broker, publisher):
        publisher.publish(rows(1))
        publisher._connection.transport.close_connection(publisher._connection.connection)

        assert publisher.publish(rows(2)) == 0
        assert publisher.publish(rows(2)) == 1

        assert read(broker) == [1, 2]

    def test_from_the_start_makes_nothing_count(self):
        assert Publisher("amqp://guest:guest@127.0.0.1:1//").publish(rows(1)) == 0

    def test_is_not_asked_about_a_message_it_cannot_take(self, broker, publisher):
        unknown = rows(1, exchange=f"nowhere-{uuid4().hex[:6]}.events")

        assert publisher.publish(unknown) == 0
        assert publisher.publish(rows(2)) == 1
