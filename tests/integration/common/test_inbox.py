"""The inbox: each handler meets each event once, whoever else is at work."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from common import inbox
from common.columns import now
from common.inbox import inbox as table
from tests.builders import a_confirmed
from tests.together import together


def claim(database, *events, handler="confirm"):
    return database.write(inbox.first_times, events=events, handler=handler)


class TestFirstTimes:
    def test_are_true_once_for_each_event(self, either):
        one, other = a_confirmed(), a_confirmed()

        assert claim(either, one) == [one]
        assert claim(either, one, other) == [other]
        assert claim(either, one, other) == []

    def test_take_a_message_that_comes_twice_in_one_batch_once(self, either):
        event = a_confirmed()

        assert claim(either, event, event) == [event]

    def test_keep_the_order_in_which_events_came(self, either):
        events = [a_confirmed() for _ in range(20)]

        assert claim(either, *events) == events

    def test_are_counted_for_each_handler_by_itself(self, either):
        event = a_confirmed()

        assert [claim(either, event, handler=name) for name in ("capture", "mail", "capture")] == [[event], [event], []]

    def test_come_again_when_the_handlers_transaction_fails(self, either):
        event = a_confirmed()

        def apply_and_fail(session):
            assert inbox.first_times(session, events=[event], handler="confirm") == [event]
            raise LookupError("the handler failed")

        with pytest.raises(LookupError):
            either.write(apply_and_fail)

        assert claim(either, event) == [event]

    def test_of_one_event_can_be_asked_by_its_id(self, either):
        event = a_confirmed()
        known = {"event_id": event.event_id, "type": "ReservationConfirmed", "correlation_id": event.correlation_id}

        told = [either.write(inbox.first_time, handler="confirm", **known) for _ in range(2)]

        assert told == [True, False]


class TestTwoConsumersAtOnce:
    def test_apply_an_event_once(self, clean):
        database = clean["payment"]
        events = [a_confirmed() for _ in range(10)]

        for event in events:
            claimed = together(*(lambda event=event: claim(database, event) for _ in range(2)))

            assert sorted(claimed, key=len) == [[], [event]]

    def test_with_overlapping_batches_apply_each_event_once(self, clean):
        database = clean["payment"]
        events = [a_confirmed() for _ in range(30)]

        claimed = together(
            lambda: claim(database, *events[:20]),
            lambda: claim(database, *reversed(events[10:])),
        )

        met = [event.event_id for batch in claimed for event in batch]
        assert len(met) == len(set(met)) == 30

    def test_leave_the_event_to_the_second_when_the_first_fails(self, clean):
        database = clean["payment"]
        event = a_confirmed()
        claimed, may_fail = threading.Event(), threading.Event()

        def first(session):
            inbox.first_times(session, events=[event], handler="confirm")
            claimed.set()
            assert may_fail.wait(20)
            raise LookupError("the first consumer's handler failed")

        def fail():
            with pytest.raises(LookupError):
                database.write(first)

        def wait_and_claim():
            assert claimed.wait(20)
            threading.Timer(0.2, may_fail.set).start()
            return claim(database, event)

        assert together(fail, wait_and_claim) == [None, [event]]


class TestPrune:
    def test_forgets_only_claims_older_than_what_is_kept(self, either):
        old, new = a_confirmed(), a_confirmed()
        claim(either, old, new)
        aged = update(table).where(table.c.event_id == old.event_id).values(handled_at=now(seconds=-3600))
        either.write(lambda session: session.execute(aged))

        assert either.write(inbox.prune, keep=timedelta(minutes=30), limit=100) == 1

        assert claim(either, old, new) == [old]

    def test_forgets_no_more_at_a_time_than_it_is_told(self, either):
        claim(either, *(a_confirmed() for _ in range(5)))
        either.write(lambda session: session.execute(update(table).values(handled_at=now(seconds=-3600))))

        assert either.write(inbox.prune, keep=timedelta(minutes=30), limit=2) == 2

        assert either.read(lambda session: session.scalar(select(func.count()).select_from(table))) == 3
