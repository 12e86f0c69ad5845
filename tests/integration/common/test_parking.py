"""Parked messages over real servers: kept with their error, edited, redriven, dropped, each act on record."""

import os
import socket
import subprocess
import sys

import pytest
from celery import Celery

from common import codec
from common.contracts.booking import ReservationConfirmed, ReservationFailed
from common.errors import TransientError
from common.parking.draining import BrokerAway, Drain
from tests.builders import a_confirmed, a_failed, a_void_command
from tests.integration.common.conftest import PROGRAMS, ROOT
from tests.integration.common.parked import HANDLERS, INBOX, acts, noted, parked
from tests.stack import wait


@pytest.fixture
def drain(payment, broker):
    """Fetches what the broker has parked for payment_svc."""
    drain = Drain("payment", payment, broker_url=broker.url)
    yield drain
    drain.close()


def send_event(broker, event, **changes):
    body = codec.loads(codec.dumps(event.to_wire())) | changes
    broker.put(
        codec.dumps(body),
        exchange="booking.events",
        routing_key=event.routing_key(),
        message_id=str(event.event_id),
        content_type="application/json",
    )


class TestAPoisonousEvent:
    @pytest.fixture
    def message(self, broker, payment, hearing):
        """The number of a parked message: reservation 13 is confirmed."""
        send_event(broker, a_confirmed(reservation_id=13))
        with hearing("payment", HANDLERS, payment):
            wait(lambda: parked(payment), what="the event to be parked")
        return parked(payment)[0].id

    def test_is_listed_and_shown_with_its_error(self, message, operator):
        [listed] = operator("GET", "/parked").json
        shown = operator("GET", f"/parked/{message}").json

        assert (listed["messageId"], listed["queue"], listed["name"]) == (message, INBOX, "ReservationConfirmed.v1")
        assert listed["error"] == "KeyError: 'thirteen is poison'"
        assert shown["body"]["reservationId"] == 13
        assert (shown["state"], shown["deliveries"], shown["history"]) == ("parked", 1, [])
        assert operator("GET", f"/parked?queue={INBOX}&kind=event&beforeId={message}").json == []

    def test_that_still_fails_says_so_and_stays(self, message, operator, payment):
        tried = operator("POST", f"/parked/{message}/redrive", {"dryRun": True})
        done = operator("POST", f"/parked/{message}/redrive", {"reason": "again"})

        assert tried.json["error"] == "note: KeyError: 'thirteen is poison'"
        assert (done.status_code, done.json["code"]) == (409, "still_fails")
        [row] = parked(payment)
        assert (row.state, [entry["act"] for entry in row.history]) == ("parked", ["failed again"])
        assert noted(payment) == []

    def test_is_edited_tried_and_redriven_once(self, message, operator, payment):
        body = operator("GET", f"/parked/{message}").json["body"]
        path = f"/parked/{message}"

        edited = operator("PATCH", path, {"body": {**body, "reservationId": 14}, "reason": "a typing error"})
        tried = operator("POST", f"{path}/redrive", {"dryRun": True})
        assert edited.json["body"]["reservationId"] == 14
        assert tried.json["handlers"] == [
            {"handler": "note", "outcome": "applied"},
            {"handler": "note_again", "outcome": "applied"},
        ]
        assert tried.json["state"] == "parked"
        assert noted(payment) == []

        done = operator("POST", f"{path}/redrive", {"reason": "mended"})
        assert done.json["state"] == "redriven"
        assert noted(payment) == [14, 14]
        again = operator("POST", f"{path}/redrive", {"reason": "twice"})
        assert (again.status_code, again.json["code"]) == (409, "not_parked")
        assert noted(payment) == [14, 14]

        [row] = parked(payment)
        assert [entry["act"] for entry in row.history] == ["edited", "redriven"]
        assert codec.loads(row.history[0]["before"])["reservationId"] == 13
        assert acts(payment) == [
            ("installation", "edit parked message", f"parked message {message}", "a typing error"),
            ("installation", "redrive parked message", f"parked message {message}", "mended"),
        ]

    def test_can_be_given_to_one_handler_and_knows_who_has_had_it(self, message, operator, payment):
        body = operator("GET", f"/parked/{message}").json["body"]
        operator("PATCH", f"/parked/{message}", {"body": {**body, "reservationId": 14}, "reason": "mended"})

        one = operator("POST", f"/parked/{message}/redrive", {"to": "note_again"})
        nobody = operator("POST", f"/parked/{message}/redrive", {"to": "nobody"})
        rest = operator("POST", f"/parked/{message}/redrive", {})

        assert one.json["state"] == "parked"
        assert (nobody.status_code, nobody.json["code"]) == (422, "no_such_handler")
        assert rest.json["handlers"] == [
            {"handler": "note", "outcome": "applied"},
            {"handler": "note_again", "outcome": "had it already"},
        ]
        assert rest.json["state"] == "redriven"
        assert noted(payment) == [14, 14]

    def test_is_dropped_with_a_reason_and_stays_readable(self, message, operator, payment):
        assert operator("DELETE", f"/parked/{message}", {}).status_code == 422
        assert operator("DELETE", f"/parked/{message}", {"reason": "of a test system"}).json["state"] == "dropped"

        assert operator("POST", f"/parked/{message}/redrive", {}).status_code == 409
        assert operator("GET", "/parked").json == []
        assert [row["state"] for row in operator("GET", "/parked?state=all").json] == ["dropped"]
        assert ("installation", "drop parked message", f"parked message {message}", "of a test system") in acts(payment)

    def test_is_for_operators_only(self, message, operator):
        for method, path in (("GET", "/parked"), ("GET", f"/parked/{message}"), ("POST", "/replays")):
            assert operator(method, path, headers={}).status_code in {401, 403}

    def test_that_is_delivered_again_after_it_was_dropped_stays_dropped(
        self, message, broker, payment, hearing, operator
    ):
        operator("DELETE", f"/parked/{message}", {"reason": "of a test system"})
        [row] = parked(payment)

        # As the broker does if its reader dies after the commit and before it has acknowledged.
        broker.put(row.body, exchange="booking.events", routing_key=row.routing_key, message_id=row.message_id)
        with hearing("payment", HANDLERS, payment):
            wait(lambda: parked(payment)[0].deliveries == 2, what="the delivery to be counted")

        assert [each.state for each in parked(payment)] == ["dropped"]

    def test_that_is_no_text_is_shown_in_base64(self, broker, payment, hearing, operator):
        broker.put(b"\xff\xfe", exchange="booking.events", routing_key=ReservationConfirmed.routing_key())
        with hearing("payment", HANDLERS, payment):
            wait(lambda: parked(payment), what="the bytes to be parked")

        shown = operator("GET", f"/parked/{parked(payment)[-1].id}").json
        assert (shown["body"], shown["encoding"]) == ("//4=", "base64")
        assert operator("POST", f"/parked/{shown['messageId']}/redrive", {"dryRun": True}).json["readable"] is False


class TestAnEventThatIsAlwaysGivenBack:
    def test_comes_from_the_broker_with_its_last_error_and_is_redriven(
        self, broker, payment, hearing, operator, drain, monkeypatch
    ):
        monkeypatch.setattr("common.consumer.GIVE_BACK_SECONDS", 0.0)

        def never(session, event):
            raise TransientError("a partner is away for good")

        event = a_failed(reservation_id=7)
        send_event(broker, event)
        with hearing("payment", {ReservationFailed: [never]}, payment):
            wait(lambda: broker.depth(f"{INBOX}.parked") == 1, what="the broker to park the event")

        assert drain() == 1
        assert drain() == 0

        [row] = parked(payment)
        assert (row.queue, row.routing_key, row.kind) == (INBOX, "ReservationFailed.v1", "event")
        assert (row.message_id, row.deliveries) == (str(event.event_id), 21)
        assert row.error == "TransientError: a partner is away for good"
        assert row.headers["x-death"][0]["reason"] == "delivery_limit"
        done = operator("POST", f"/parked/{row.id}/redrive", {"reason": "the partner is back"})
        assert done.json["state"] == "redriven"
        assert noted(payment) == [7]

    def test_is_kept_once_if_its_reader_dies_before_it_acknowledges(self, broker, payment, drain):
        event = a_failed(reservation_id=7)
        for _ in range(2):
            broker.put(
                codec.dumps(event.to_wire()), exchange="parked", routing_key=INBOX, message_id=str(event.event_id)
            )

        wait(lambda: broker.depth(f"{INBOX}.parked") == 2, what="the broker to have both")

        assert drain() == 2

        [row] = parked(payment)
        assert row.error.startswith("not known: ")
        assert row.deliveries == 2

    def test_is_kept_once_if_it_was_redriven_before_it_is_fetched_again(self, broker, payment, operator, drain):
        event = a_failed(reservation_id=7)
        for _ in range(2):
            broker.put(
                codec.dumps(event.to_wire()), exchange="parked", routing_key=INBOX, message_id=str(event.event_id)
            )
            wait(lambda: broker.depth(f"{INBOX}.parked") == 1, what="the broker to have it")
            assert drain() == 1
            operator("POST", f"/parked/{parked(payment)[0].id}/redrive", {"reason": "the partner is back"})

        [row] = parked(payment)
        assert (row.state, row.deliveries) == ("redriven", 2)


class TestADrain:
    @pytest.fixture
    def lying(self, broker):
        """A message that was parked."""
        broker.put(codec.dumps(a_failed(reservation_id=7).to_wire()), exchange="parked", routing_key=INBOX)
        wait(lambda: broker.depth(f"{INBOX}.parked") == 1, what="the broker to have it")

    def test_goes_on_over_another_connection_when_its_own_is_lost(self, broker, payment, drain, lying):
        assert drain() == 1
        drain._connection.connection.transport.sock.shutdown(socket.SHUT_RDWR)

        with pytest.raises(BrokerAway):
            drain()

        assert drain() == 0

    def test_leaves_what_it_could_not_keep_where_it_was(self, broker, payment, drain, lying, monkeypatch):
        def away(*_, **__):
            raise TransientError("the database is away")

        monkeypatch.setattr(payment, "write", away)

        with pytest.raises(TransientError, match="database"):
            drain()

        wait(lambda: broker.depth(f"{INBOX}.parked") == 1, what="the message to be given back")


class TestAPoisonousCommand:
    def test_is_parked_with_its_error_edited_and_sent_again_as_it_was(self, broker, payment, operator, drain):
        sender = Celery("tests")
        sender.config_from_object("celeryconfig")
        # The module may have been read by an earlier test, whose broker was another.
        sender.conf.broker_url = broker.url
        command = a_void_command(reservation_id=4711, reason="timeout")
        sender.send_task(
            command.task, kwargs=command.to_wire(), queue=command.queue, task_id="11111111-2222-3333-4444-555555555555"
        )
        worker = subprocess.Popen(
            [sys.executable, str(PROGRAMS / "refusing_worker.py")], env=os.environ | {"PYTHONPATH": str(ROOT)}
        )
        try:
            wait(
                lambda: broker.depth("payment.commands.parked") == 1, what="the broker to park the command", seconds=60
            )
        finally:
            worker.terminate()
            worker.wait(30)

        assert drain() == 1

        [row] = parked(payment)
        assert (row.kind, row.queue, row.deliveries) == ("command", "payment.commands", 21)
        assert row.error == "TransientError: the bank is away for good"
        shown = operator("GET", f"/parked/{row.id}").json
        assert (shown["name"], shown["body"]["reservationId"]) == ("PaymentVoidRequested.v1", 4711)

        broken = operator("PATCH", f"/parked/{row.id}", {"body": {"reservationId": "?"}, "reason": "a slip"})
        assert broken.status_code == 200
        assert operator("POST", f"/parked/{row.id}/redrive", {"dryRun": True}).json["readable"] is False
        assert operator("POST", f"/parked/{row.id}/redrive", {}).json["code"] == "still_fails"
        mended = shown["body"] | {"reason": "operator"}
        operator("PATCH", f"/parked/{row.id}", {"body": mended, "reason": "mended"})
        tried = operator("POST", f"/parked/{row.id}/redrive", {"dryRun": True}).json
        assert (tried["message"], tried["sentTo"], tried["state"]) == (
            "PaymentVoidRequested.v1",
            "payment.commands",
            "parked",
        )
        assert broker.depth("payment.commands") == 0

        assert operator("POST", f"/parked/{row.id}/redrive", {"reason": "the bank is back"}).json["state"] == "redriven"

        [got] = broker.take("payment.commands")
        assert got.body[1] == mended
        assert got.properties.headers["task"] == command.task
        assert got.properties.headers["id"] == "11111111-2222-3333-4444-555555555555"
        assert "x-death" not in got.properties.headers


class TestARedrivenCommand:
    def test_is_kept_once_more_if_it_fails_again_and_not_if_it_was_only_fetched_again(
        self, broker, payment, operator, drain
    ):
        command = a_void_command(reservation_id=4711)
        sent = codec.dumps([[], command.to_wire(), {}])
        headers = {"id": "11111111-2222-3333-4444-555555555555", "task": command.task}

        def fetch(headers):
            facts = {"headers": headers, "content_type": "application/json"}
            broker.put(sent, exchange="parked", routing_key="payment.commands", **facts)
            wait(lambda: broker.depth("payment.commands.parked") == 1, what="the broker to have it")
            assert drain() == 1

        fetch(headers)
        operator("POST", f"/parked/{parked(payment)[0].id}/redrive", {"reason": "the bank is back"})
        [again] = broker.take("payment.commands")
        fetch(headers)  # who fetched it the first time died before it had acknowledged
        assert [(row.state, row.deliveries) for row in parked(payment)] == [("redriven", 2)]

        for _ in range(2):
            fetch(again.properties.headers)

        assert [(row.state, row.deliveries) for row in parked(payment)] == [("redriven", 2), ("parked", 2)]
