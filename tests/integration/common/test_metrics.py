"""What every service tells Prometheus: what waits in its outbox, what is parked, and what only it has to tell."""

from uuid import uuid4

from prometheus_client import Gauge
from prometheus_client.parser import text_string_to_metric_families

from common import outbox
from common.contracts.booking import ReservationConfirmed
from common.parking import park
from common.service import create_service


def told(client):
    text = client.get("/metrics").text
    return {sample.name: sample.value for family in text_string_to_metric_families(text) for sample in family.samples}


def test_says_what_waits_and_what_is_parked(either):
    client = create_service("example", database=either, blueprints=[]).test_client()
    assert told(client)["aerosaga_outbox_unpublished"] == 0

    either.write(outbox.record, ReservationConfirmed(correlation_id=uuid4(), reservation_id=7, locator="K7Q2ZD"))
    either.write(
        park, queue="example.inbox.booking", routing_key="x", body="{}", headers={}, error="a test", message_id="e1"
    )

    found = told(client)
    assert (found["aerosaga_outbox_unpublished"], found["aerosaga_parked_messages"]) == (1, 1)
    assert found["aerosaga_outbox_oldest_seconds"] >= 0


def test_says_what_only_this_service_has_to_say(either):
    def more(registry):
        Gauge("aerosaga_example", "Of a test", registry=registry).set(5)

    client = create_service("example", database=either, blueprints=[], metrics=more).test_client()

    assert told(client)["aerosaga_example"] == 5
