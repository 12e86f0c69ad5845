"""Avro over a real broker: published by the relay, read by the consumer, beside JSON on the same queue."""

from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy import select

from common import inbox, outbox, parking
from common.avro import schemas, single_object
from common.bus import Publisher
from common.contracts.booking import ReservationInitiated
from tests.builders import an_initiated
from tests.stack import wait
from tests.surroundings import surroundings

QUEUE = "payment.inbox.booking"
AVRO = "application/vnd.apache.avro+single-object"


def relay(database, broker, *events, avro):
    """Record events and publish them as the sweeper does; return how many the broker took."""
    database.write(outbox.record, *events)
    with surroundings(avro_exchanges=avro):
        publisher = Publisher(broker.url)
    try:
        return database.write(outbox.relay, publish=publisher.publish, limit=100)
    finally:
        publisher.close()


@pytest.fixture
def heard():
    return []


@pytest.fixture
def note(heard):
    def note(session, event):
        heard.append(event)

    return note


class TestAnExchangeInAvro:
    def test_carries_the_fingerprint_and_the_properties_of_every_event(self, broker, clean):
        event = an_initiated(event_id=UUID(int=2))

        assert relay(clean["booking"], broker, event, avro="booking.events") == 1

        how, properties, body = broker.channel.basic_get(QUEUE, auto_ack=True)
        assert how.routing_key == "ReservationInitiated.v1"
        assert (properties.content_type, properties.content_encoding) == (AVRO, "binary")
        assert (properties.message_id, properties.type) == (str(UUID(int=2)), "ReservationInitiated")
        assert properties.headers["cloudEvents:dataschema"] == "/contracts/booking.events/ReservationInitiated.v1.avsc"
        assert body[:10] == b"\xc3\x01" + schemas.written(ReservationInitiated)[0]
        row = clean["booking"].read(lambda session: session.execute(select(outbox.outbox)).one())
        assert row.body["amount"] == Decimal("450.00"), "the outbox keeps JSON"
        assert single_object.decode(body)["occurredAt"] == row.occurred_at

    def test_is_heard_beside_json_by_one_consumer_and_each_event_once(self, broker, clean, hearing, heard, note):
        first, second = an_initiated(reservation_id=1), an_initiated(reservation_id=2)
        relay(clean["booking"], broker, first, avro="booking.events")
        relay(clean["booking"], broker, second, avro="")
        # The same event in the other form: what a relay that died before its commit leaves behind, after a change.
        relay(clean["booking"], broker, first, avro="")

        with hearing("payment", {ReservationInitiated: [note]}, clean["payment"]):
            wait(lambda: len(heard) >= 2 and broker.depth(QUEUE) == 0, what="both events to be heard")

        assert [event.reservation_id for event in heard] == [1, 2]
        for sent, got in zip((first, second), heard, strict=True):
            assert (got.amount, str(got.amount), got.pay_by, got.event_id) == (
                sent.amount,
                "450.00",
                sent.pay_by,
                sent.event_id,
            )
        claims = clean["payment"].read(lambda session: session.execute(select(inbox.inbox)).all())
        assert len(claims) == 2

    def test_parks_what_was_written_by_a_schema_nobody_knows_and_goes_on(self, broker, clean, hearing, heard, note):
        properties = {"content_type": AVRO}
        stranger = b"\xc3\x01" + bytes(range(8)) + b"whatever"
        broker.put(stranger, exchange="booking.events", routing_key="ReservationInitiated.v1", **properties)
        relay(clean["booking"], broker, an_initiated(), avro="booking.events")

        with hearing("payment", {ReservationInitiated: [note]}, clean["payment"]):
            wait(lambda: heard, what="the event behind it to be heard")

        found = clean["payment"].read(lambda session: session.execute(select(parking.parked_message)).one())
        assert "has the fingerprint 0001020304050607: its writer is newer" in found.error
