"""An inbox in several queues: a saga's events in one of them, none lost while their number changes, all heard."""

from collections import Counter
from collections.abc import Iterator
from itertools import chain
from uuid import UUID

import pytest

from common import queues
from common.bus import Publisher
from common.contracts.booking import ReservationConfirmed
from common.errors import Conflict
from common.parking.draining import Drain
from gateway.stream.sampling import Sampler
from tests.broker import Broker
from tests.builders import a_confirmed
from tests.integration.common.test_bus import a_row
from tests.integration.common.test_consumer import idle, note, noted, parked
from tests.stack import wait
from tests.surroundings import also

INBOX = "payment.inbox.booking"
SAGAS = 200


def rows(sagas=SAGAS, each=1):
    return [
        a_row(a_confirmed(reservation_id=saga, correlation_id=UUID(int=saga * 7919)))
        for saga in range(sagas)
        for _ in range(each)
    ]


def publish(url, published, *, parts):
    with also(inbox_parts=parts):
        publisher = Publisher(url)
        try:
            return publisher.publish(published)
        finally:
            publisher.close()


def found(broker, parts):
    with also(inbox_parts=parts):
        names = queues.parts(INBOX)
    return {name: [got.body["reservationId"] for got in broker.take(name)] for name in names}


@pytest.fixture
def split(broker: Broker) -> Iterator[Broker]:
    """The broker; afterwards each inbox is one queue again, and no other queue is left of it."""
    yield broker
    publish(broker.url, [], parts=1)
    assert publish(broker.url, rows(1), parts=1) == 1
    for queue in [each.name for service in queues.SERVICES for each in queues.inboxes(service)]:
        for number in range(2, queues.MOST_PARTS + 1):
            broker.channel.queue_delete(f"{queue}.{number}")
    broker.purge()


class TestAnInboxInParts:
    def test_spreads_sagas_and_keeps_the_events_of_each_together_and_in_order(self, split):
        assert publish(split.url, rows(each=3), parts=4) == 3 * SAGAS

        got = found(split, 4)
        assert len(got) == 4
        assert all(len(sagas) > SAGAS * 3 / 4 / 3 for sagas in got.values())
        assert Counter(chain(*got.values())) == dict.fromkeys(range(SAGAS), 3)
        for sagas in got.values():
            assert sagas == sorted(sagas)
        homes = Counter(saga for sagas in got.values() for saga in set(sagas))
        assert set(homes.values()) == {1}

    @pytest.mark.parametrize(("before", "after"), [(1, 4), (4, 2), (4, 1), (2, 4)])
    def test_feeds_exactly_the_queues_of_the_number_that_is_set(self, split, before, after):
        assert publish(split.url, rows(), parts=before) == SAGAS
        found(split, before)

        assert publish(split.url, rows(), parts=after) == SAGAS

        got = found(split, 4)
        with also(inbox_parts=after):
            fed = queues.parts(INBOX)
        assert {name for name, sagas in got.items() if sagas} == set(fed)
        assert Counter(chain(*got.values())) == dict.fromkeys(range(SAGAS), 1)

    def test_loses_nothing_to_a_process_that_still_has_another_number(self, split):
        with also(inbox_parts=4):
            publisher = Publisher(split.url)
            sent = publisher.publish(rows(20))
            publish(split.url, [], parts=1)
            # The exchange that it knew is gone; what it sends goes to the one queue that is left.
            sent += publisher.publish(rows(20))
            publisher.close()

        assert sent == 40
        assert sum(map(len, found(split, 4).values())) == 40

    def test_is_heard_in_all_of_its_queues(self, split, clean, hearing):
        publish(split.url, rows(), parts=4)

        with also(inbox_parts=4), hearing("payment", {ReservationConfirmed: [note]}, clean["payment"]):
            idle(split, clean["payment"], applied=SAGAS)

        assert sorted(noted(clean["payment"])) == list(range(SAGAS))

    def test_parks_under_its_own_name(self, split, clean, hearing):
        def refuse(session, event):
            raise Conflict("Not this one.")

        publish(split.url, rows(8), parts=4)

        with also(inbox_parts=4), hearing("payment", {ReservationConfirmed: [refuse]}, clean["payment"]):
            wait(lambda: len(parked(clean["payment"])) == 8, what="eight parked events")

        assert {row.queue for row in parked(clean["payment"])} == {INBOX}

    def test_parks_what_kills_its_readers_under_its_own_name(self, split, clean):
        publish(split.url, rows(40), parts=4)
        with also(inbox_parts=4):
            last = queues.parts(INBOX)[-1]
            for _ in range(queues.DELIVERY_LIMIT + 1):
                how, _, _ = split.channel.basic_get(last)
                split.channel.basic_nack(how.delivery_tag, requeue=True)
            drain = Drain("payment", clean["payment"], broker_url=split.url)
            wait(lambda: drain() or parked(clean["payment"]), what="it to be parked")
            drain.close()

        assert {row.queue for row in parked(clean["payment"])} == {INBOX}

    def test_is_counted_as_one(self, split):
        publish(split.url, rows(), parts=4)

        noted = []
        with also(inbox_parts=4):
            sampler = Sampler(split.url, {}, noted=noted.append)
            sampler.start()
            wait(lambda: noted, what="a first look")
            sampler.stop()

        assert noted[0][INBOX] == SAGAS


class TestOnRedis:
    def test_an_inbox_is_always_one_queue(self):
        with also(inbox_parts=4, broker_url="redis://127.0.0.1:1/0"):
            assert queues.parts(INBOX) == [INBOX]
            assert [queue.name for queue in queues.inboxes("payment")] == [INBOX]
