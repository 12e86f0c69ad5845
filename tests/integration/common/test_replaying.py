"""Past events over real servers: sent again to one subscriber, and applied by whom they are new to."""

import pytest
from sqlalchemy import select

from common import codec, inbox, outbox
from common.api import create_api
from common.bus import Publisher
from common.contracts.booking import ReservationConfirmed, ReservationFailed
from common.parking.endpoints import parking_blueprint
from tests.builders import a_confirmed, a_failed
from tests.integration.common.parked import HANDLERS, INBOX, OPERATOR, acts, note, note_again, noted, parked
from tests.stack import wait


class TestAReplay:
    @pytest.fixture
    def publish(self, broker, clean):
        """Record events of booking_svc and publish them."""

        def publish(*events):
            publisher = Publisher(broker.url)
            clean["booking"].write(outbox.record, *events)
            clean["booking"].write(outbox.relay, publish=publisher.publish, limit=10)
            publisher.close()

        return publish

    @pytest.fixture
    def replay(self, clean):
        """Ask booking_svc to send its past events to payment_svc again."""
        replayer = create_api(
            "booking",
            title="tests",
            database=clean["booking"],
            blueprints=[parking_blueprint("booking", database=clean["booking"], handlers={})],
            probes={},
        ).test_client()

        def replay(**more):
            body = {"to": "payment", "since": "2020-01-01T00:00:00Z", "reason": "a new handler", **more}
            return replayer.open(
                "/replays", method="POST", headers=OPERATOR, data=codec.dumps(body), content_type="application/json"
            )

        return replay

    def test_reaches_one_subscriber_only_and_is_applied_by_whom_it_is_new_to(
        self, broker, clean, hearing, publish, replay
    ):
        booking, payment = clean["booking"], clean["payment"]
        publish(a_confirmed(reservation_id=1), a_failed(reservation_id=2))
        with hearing("payment", {ReservationConfirmed: [note], ReservationFailed: [note]}, payment):
            wait(lambda: len(noted(payment)) == 2, what="both events to be applied")
        others = {name: broker.depth(name) for name in ("notification.inbox.booking",)}

        assert replay(dryRun=True, types=["ReservationConfirmed"]).json["events"] == 1
        assert broker.depth(INBOX) == 0
        assert replay(to="airline").json["code"] == "nobody_hears"
        told = replay(handler="note_again").json
        assert (told["events"], told["more"]) == (2, False)
        assert told["oldest"]

        with hearing("payment", {ReservationConfirmed: [note, note_again], ReservationFailed: [note]}, payment):
            wait(lambda: len(noted(payment)) == 3 and broker.depth(INBOX) == 0, what="the replay to be applied")

        assert sorted(noted(payment)) == [1, 1, 2]
        claims = payment.read(lambda session: session.execute(select(inbox.inbox.c.handler)).scalars().all())
        assert sorted(claims) == ["note", "note", "note_again"]
        assert {name: broker.depth(name) for name in others} == others
        assert [row[:3] for row in acts(booking)] == [("installation", "replay events", "payment_svc")]

    def test_that_cannot_be_applied_either_waits_for_an_operator_again(
        self, payment, hearing, operator, publish, replay
    ):
        publish(a_confirmed(reservation_id=13))
        with hearing("payment", HANDLERS, payment):
            wait(lambda: parked(payment), what="the event to be parked")
            operator("DELETE", f"/parked/{parked(payment)[0].id}", {"reason": "too early"})

            for _ in range(2):
                replay()
            wait(lambda: parked(payment)[-1].deliveries == 2, what="both replays to be parked, as one")

        assert [(row.state, row.deliveries) for row in parked(payment)] == [("dropped", 1), ("parked", 2)]
