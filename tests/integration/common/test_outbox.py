"""The outbox: events leave the table if and only if their transaction commits, in order, and marked once confirmed."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from common import outbox
from common.bus import Publisher
from common.columns import now
from common.outbox import outbox as table
from tests.builders import a_confirmed, a_failed
from tests.together import together


def record(database, *events):
    database.write(outbox.record, *events)


def unpublished(database):
    """Return the ids of the reservations whose events wait, in order."""
    waiting = select(table.c.body).where(table.c.published_at.is_(None)).order_by(table.c.id)
    return [body["reservationId"] for body in database.read(lambda session: session.scalars(waiting).all())]


def events(*reservation_ids):
    return [a_confirmed(reservation_id=number) for number in reservation_ids]


class Publishing:
    """Takes rows as the broker would, and confirms the first `confirms` of each batch."""

    def __init__(self, confirms=10**6):
        self.confirms = confirms
        self.seen = []

    def __call__(self, rows):
        self.seen += [row.body["reservationId"] for row in rows]
        return min(self.confirms, len(rows))


class TestRecord:
    def test_writes_what_the_event_says_with_the_databases_time(self, either):
        event = a_failed(reason="timeout")

        record(either, event)

        (row,) = either.read(lambda session: session.execute(select(table)).all())
        assert (row.type, row.version, row.exchange) == ("ReservationFailed", 1, "booking.events")
        assert (row.event_id, row.correlation_id) == (event.event_id, event.correlation_id)
        assert row.body["reason"] == "timeout"
        assert row.published_at is None

    def test_leaves_nothing_behind_when_the_transaction_fails(self, either):
        def change_and_fail(session):
            outbox.record(session, a_confirmed())
            raise LookupError("after the event was written")

        with pytest.raises(LookupError):
            either.write(change_and_fail)

        assert unpublished(either) == []


class TestRelay:
    def test_publishes_in_the_order_in_which_events_were_recorded(self, either):
        publish = Publishing()
        record(either, *events(3, 1))
        record(either, *events(2))

        assert either.write(outbox.relay, publish=publish, limit=100) == 3

        assert publish.seen == [3, 1, 2]
        assert unpublished(either) == []

    def test_publishes_nothing_twice_after_the_confirm(self, either):
        publish = Publishing()
        record(either, *events(1, 2))

        for _ in range(2):
            either.write(outbox.relay, publish=publish, limit=100)

        assert publish.seen == [1, 2]

    def test_marks_only_what_was_confirmed(self, either):
        record(either, *events(1, 2, 3, 4))

        assert either.write(outbox.relay, publish=Publishing(confirms=2), limit=100) == 2

        assert unpublished(either) == [3, 4]

    def test_takes_no_more_than_it_is_told(self, either):
        publish = Publishing()
        record(either, *events(1, 2, 3))

        either.write(outbox.relay, publish=publish, limit=2)

        assert publish.seen == [1, 2]

    def test_leaves_every_row_when_the_broker_is_down(self, either):
        record(either, *events(1, 2))

        nobody_listens = Publisher("amqp://guest:guest@127.0.0.1:1//")

        assert either.write(outbox.relay, publish=nobody_listens.publish, limit=100) == 0
        assert unpublished(either) == [1, 2]

    def test_marks_with_the_databases_time(self, either):
        record(either, *events(1))

        either.write(outbox.relay, publish=Publishing(), limit=1)

        row = either.read(lambda session: session.execute(select(table, now().label("at"))).one())
        assert row.occurred_at <= row.published_at <= row.at


class TestTwoRelays:
    def test_share_the_rows_and_publish_none_twice(self, clean):
        database = clean["booking"]
        record(database, *events(1, 2, 3, 4))
        first_has_rows, second_is_done = threading.Event(), threading.Event()
        first, second = Publishing(), Publishing()

        def publish_slowly(rows):
            first_has_rows.set()
            assert second_is_done.wait(20)
            return first(rows)

        def relay_second():
            assert first_has_rows.wait(20)
            confirmed = database.write(outbox.relay, publish=second, limit=100)
            second_is_done.set()
            return confirmed

        assert together(lambda: database.write(outbox.relay, publish=publish_slowly, limit=2), relay_second) == [2, 2]

        assert (first.seen, second.seen) == ([1, 2], [3, 4])
        assert unpublished(database) == []

    def test_at_the_same_moment_publish_each_row_once(self, clean):
        database = clean["booking"]
        publishing = [Publishing() for _ in range(4)]
        record(database, *events(*range(40)))

        def relay(publish):
            while database.write(outbox.relay, publish=publish, limit=3):
                pass

        together(*(lambda publish=publish: relay(publish) for publish in publishing))

        assert sorted(number for publish in publishing for number in publish.seen) == list(range(40))
        assert unpublished(database) == []


class TestARelayThatIsKilled:
    def test_between_publish_and_commit_leaves_its_rows_to_the_next(self, clean, broker, run_program):
        database = clean["booking"]
        record(database, *events(1, 2, 3))

        assert run_program("dying_relay") == -9

        assert [one.body["reservationId"] for one in broker.take("payment.inbox.booking")] == [1, 2, 3]
        assert unpublished(database) == [1, 2, 3]
        publisher = Publisher(broker.url)
        assert database.write(outbox.relay, publish=publisher.publish, limit=100) == 3
        publisher.close()
        assert [one.body["reservationId"] for one in broker.take("payment.inbox.booking")] == [1, 2, 3]


class TestPrune:
    def test_forgets_old_published_rows_and_never_an_unpublished_one(self, either):
        record(either, *events(1, 2, 3))
        either.write(outbox.relay, publish=Publishing(), limit=2)
        first = table.c.id == select(table.c.id).order_by(table.c.id).limit(1).scalar_subquery()
        number = either.read(lambda session: session.scalar(select(table.c.id).where(first)))
        aged = update(table).where(table.c.id == number).values(published_at=now(seconds=-3600))
        either.write(lambda session: session.execute(aged))
        either.write(lambda session: session.execute(update(table).values(occurred_at=now(seconds=-9999))))

        assert either.write(outbox.prune, keep=timedelta(minutes=30), limit=100) == 1

        left = either.read(lambda session: session.scalars(select(table.c.body).order_by(table.c.id)).all())
        assert [body["reservationId"] for body in left] == [2, 3]
