"""The consumer: batches applied once, the poisonous parked with its error, acknowledged last."""

from uuid import UUID

import pytest
from sqlalchemy import func, select

from common import codec, journal, parking
from common.consumer import whole_batches
from common.contracts.booking import ReservationConfirmed, ReservationFailed
from common.db import DatabaseUnavailable
from common.errors import Conflict, TransientError
from common.queues import DELIVERY_LIMIT
from tests.builders import a_confirmed, a_failed
from tests.stack import wait

INBOX = "payment.inbox.booking"
EXCHANGE = "booking.events"


def text(event):
    return codec.dumps(event.to_wire())


def send(broker, *events):
    for event in events:
        broker.put(text(event), exchange=EXCHANGE, routing_key=event.routing_key())


def note(session, event):
    """A handler that leaves a trace of each time it is called."""
    journal.record(session, correlation_id=event.correlation_id, kind="act", name="note", number=event.reservation_id)


def noted(database):
    """Return the numbers of the reservations whose events were applied, in order."""
    found = select(journal.journal.c.detail).order_by(journal.journal.c.id)
    return [detail["number"] for detail in database.read(lambda session: session.scalars(found).all())]


def parked(database):
    found = select(parking.parked_message).order_by(parking.parked_message.c.id)
    return database.read(lambda session: session.execute(found).all())


def idle(broker, database, *, applied):
    """Wait until so many events were applied and nothing is left in the queue."""
    wait(lambda: len(noted(database)) >= applied, what=f"{applied} events to be applied")
    wait(lambda: broker.depth(INBOX) == 0, what="the queue to be empty")


@pytest.fixture
def payment(clean):
    return clean["payment"]


class TestABatch:
    def test_is_applied_in_order_and_acknowledged(self, broker, payment, hearing):
        send(broker, *(a_confirmed(reservation_id=number) for number in range(250)))

        with hearing("payment", {ReservationConfirmed: [note]}, payment):
            idle(broker, payment, applied=250)

        assert noted(payment) == list(range(250))
        assert broker.take(INBOX) == []

    def test_is_applied_once_however_often_it_is_delivered(self, broker, payment, hearing):
        event = a_confirmed(reservation_id=1)
        send(broker, event, event, a_confirmed(reservation_id=2), event)

        with hearing("payment", {ReservationConfirmed: [note]}, payment):
            idle(broker, payment, applied=2)
            send(broker, event, a_confirmed(reservation_id=3))
            idle(broker, payment, applied=3)

        assert noted(payment) == [1, 2, 3]

    def test_can_be_handled_as_a_whole(self, broker, payment, hearing):
        sizes = []

        @whole_batches
        def note_all(session, events):
            sizes.append(len(events))
            for event in events:
                note(session, event)

        send(broker, *(a_confirmed(reservation_id=number) for number in range(40)))

        with hearing("payment", {ReservationConfirmed: [note_all]}, payment):
            idle(broker, payment, applied=40)

        assert sum(sizes) == 40
        assert max(sizes) > 1

    def test_is_given_to_every_handler_of_its_kind(self, broker, payment, hearing):
        def note_again(session, event):
            note(session, event)

        send(broker, a_confirmed(reservation_id=1))

        with hearing("payment", {ReservationConfirmed: [note, note_again]}, payment):
            idle(broker, payment, applied=2)

        assert noted(payment) == [1, 1]


class TestAPoisonousMessage:
    def test_is_parked_with_its_error_and_holds_up_nobody(self, broker, payment, hearing):
        def note_all_but_three(session, event):
            note(session, event)
            if event.reservation_id == 3:
                raise KeyError("three is poison")

        for number in range(1, 6):
            send(broker, a_confirmed(reservation_id=number))
        key = ReservationConfirmed.routing_key()
        broker.put(
            "not JSON",
            b"\xff\xfe",
            "[]",
            '{"type":"ReservationPraised","version":1}',
            exchange=EXCHANGE,
            routing_key=key,
        )
        broker.put('{"type":"ReservationConfirmed","version":1}', exchange=EXCHANGE, routing_key=key)
        send(broker, a_confirmed(reservation_id=6))

        with hearing("payment", {ReservationConfirmed: [note_all_but_three]}, payment):
            idle(broker, payment, applied=5)
            wait(lambda: len(parked(payment)) >= 6, what="six messages to be parked")

        assert noted(payment) == [1, 2, 4, 5, 6]
        errors = [row.error for row in parked(payment)]
        assert len(errors) == 6
        for said in (
            "KeyError: 'three is poison'",
            "not JSON",
            "not a JSON object",
            "ReservationPraised",
            "reservationId",
        ):
            assert any(said in error for error in errors), said

    def test_is_parked_so_that_it_can_be_redriven(self, broker, payment, hearing):
        def refuse(session, event):
            raise Conflict("not now")

        event = a_failed(reason="timeout")
        send(broker, event)

        with hearing("payment", {ReservationFailed: [refuse]}, payment):
            wait(lambda: parked(payment), what="the message to be parked")

        (row,) = parked(payment)
        assert (row.queue, row.routing_key) == (INBOX, "ReservationFailed.v1")
        assert ReservationFailed.from_wire(codec.loads(row.body)) == event
        assert row.error == "Conflict: not now"
        send(broker, ReservationFailed.from_wire(codec.loads(row.body)))
        with hearing("payment", {ReservationFailed: [note]}, payment):
            idle(broker, payment, applied=1)


class TestAMessageThatKillsItsReader:
    def test_is_parked_by_the_broker_and_takes_no_other_along(self, broker, payment, hearing, run_program):
        poison = 30
        send(broker, *(a_confirmed(reservation_id=number) for number in range(60)))

        assert run_program("killed_consumer", str(poison), str(DELIVERY_LIMIT + 1)) == 0

        wait(lambda: broker.depth(f"{INBOX}.parked") == 1, what="the broker to park the message")
        with hearing("payment", {ReservationConfirmed: [note]}, payment):
            idle(broker, payment, applied=59)
        assert sorted(noted(payment)) == [number for number in range(60) if number != poison]
        (got,) = broker.take(f"{INBOX}.parked")
        assert got.body["reservationId"] == poison
        assert got.properties.headers["x-death"][0]["reason"] == "delivery_limit"


class TestTransientTrouble:
    def test_gives_the_message_back_until_it_has_passed(self, broker, payment, hearing):
        troubles = 3

        def note_after_trouble(session, event):
            nonlocal troubles
            note(session, event)
            if event.reservation_id == 1 and troubles:
                troubles -= 1
                raise TransientError("a partner is away")

        send(broker, a_confirmed(reservation_id=1), a_confirmed(reservation_id=2))

        with hearing("payment", {ReservationConfirmed: [note_after_trouble]}, payment):
            idle(broker, payment, applied=2)

        assert sorted(noted(payment)) == [1, 2]
        assert parked(payment) == []

    def test_that_never_passes_ends_in_the_brokers_parked_queue(self, broker, payment, hearing, monkeypatch):
        monkeypatch.setattr("common.consumer.GIVE_BACK_SECONDS", 0.0)

        def never(session, event):
            raise TransientError("a partner is away for good")

        event = a_confirmed(correlation_id=UUID(int=9))
        send(broker, event)

        with hearing("payment", {ReservationConfirmed: [never]}, payment):
            wait(lambda: broker.depth(f"{INBOX}.parked") == 1, what="the broker to park the message")

        (got,) = broker.take(f"{INBOX}.parked")
        assert ReservationConfirmed.from_wire(got.body) == event
        assert got.properties.headers["x-death"][0]["reason"] == "delivery_limit"


class TestADatabaseThatIsAway:
    def test_for_longer_than_a_message_may_come_again_parks_nothing(self, broker, payment, hearing, monkeypatch):
        monkeypatch.setattr("common.consumer.LOOK_AGAIN_SECONDS", 0.05)
        looks = 2 * DELIVERY_LIMIT

        def is_away():
            nonlocal looks
            looks -= 1
            return looks > 0

        def note_when_it_is_back(session, event):
            if looks > 0:
                raise DatabaseUnavailable("the database is away")
            note(session, event)

        monkeypatch.setattr(payment, "is_away", is_away)
        send(broker, a_confirmed(reservation_id=1), a_confirmed(reservation_id=2))

        with hearing("payment", {ReservationConfirmed: [note_when_it_is_back]}, payment):
            idle(broker, payment, applied=2)

        assert noted(payment) == [1, 2]
        assert broker.depth(f"{INBOX}.parked") == 0


class TestAConsumerThatIsKilled:
    def test_before_its_commit_leaves_the_event_to_the_next(self, broker, payment, hearing, run_program):
        send(broker, a_confirmed(reservation_id=1))

        assert run_program("dying_consumer") == -9

        assert noted(payment) == []
        with hearing("payment", {ReservationConfirmed: [note]}, payment):
            idle(broker, payment, applied=1)
        assert noted(payment) == [1]

    def test_and_met_the_event_before_does_not_apply_it_again(self, broker, payment, hearing):
        event = a_confirmed(reservation_id=1)
        for _ in range(2):  # the second time as after a kill between commit and acknowledgement
            send(broker, event)
            with hearing("payment", {ReservationConfirmed: [note]}, payment):
                idle(broker, payment, applied=1)

        assert noted(payment) == [1]


class TestTheJournal:
    def test_of_heard_events_is_written_with_what_the_handler_did(self, broker, payment, hearing):
        event = a_confirmed(reservation_id=1)
        send(broker, event)

        with hearing("payment", {ReservationConfirmed: [note]}, payment):
            idle(broker, payment, applied=1)

        entries = payment.read(journal.timeline, service="payment", correlation_id=event.correlation_id)
        assert [(entry["kind"], entry["name"]) for entry in entries] in (
            [("heard", "ReservationConfirmed"), ("act", "note")],
            [("act", "note"), ("heard", "ReservationConfirmed")],
        )
        assert payment.read(lambda session: session.scalar(select(func.count()).select_from(journal.journal))) == 1
