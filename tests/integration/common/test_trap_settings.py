"""What the settings do at the real servers: limits of deliveries, heartbeats, exact names, transactions run again."""

import pytest
from sqlalchemy import text

from common import queues
from common.contracts.booking import ReservationConfirmed
from tests.stack import wait

INBOX = "payment.inbox.booking"
POISON = "{}"
# Names that people type or programs compare: another case, an accent or a blank more is another name.
EXACT = {
    "booking": {"reservation.locator", "seat.seat_number", "coupon.seat_number", "idempotency_key.key"},
    "payment": {"payment.auth_id", "payment.token", "wallet.token", "wallet_entry.cause", "payable.locator"},
}


class TestAMessageThatKillsItsReader:
    def test_is_delivered_as_often_as_the_limit_lets_it_and_then_parked(self, broker):
        broker.put(POISON, exchange="booking.events", routing_key=ReservationConfirmed.routing_key())
        deliveries = 0

        def take_and_give_back():
            nonlocal deliveries
            how, _, _ = broker.channel.basic_get(INBOX)
            if how is not None:
                deliveries += 1
                broker.channel.basic_nack(how.delivery_tag, requeue=True)
            return broker.depth(queues.parked(INBOX).name)

        wait(take_and_give_back, what="the message to be parked", seconds=60)

        assert deliveries == queues.DELIVERY_LIMIT + 1
        (parked,) = broker.take(queues.parked(INBOX).name)
        assert (parked.text, parked.properties.headers["x-death"][0]["reason"]) == (POISON, "delivery_limit")


class TestAConsumer:
    def test_agrees_on_a_heartbeat_and_on_how_much_it_takes_ahead(self, broker, clean, hearing, servers):
        with hearing("payment", {ReservationConfirmed: [lambda *_: None]}, clean["payment"]):

            def prefetch():
                listed = servers.rabbitmq.control(
                    "list_consumers", "--vhost", "aerosaga", "queue_name", "ack_required", "prefetch_count"
                )
                return [line.split() for line in listed.splitlines() if line.startswith(INBOX)]

            ((_, acknowledges, ahead),) = wait(prefetch, what="the consumer to be there", seconds=40)
            timeouts = servers.rabbitmq.control("list_connections", "timeout").split()

        assert (ahead, acknowledges) == ("200", "true")
        assert "10" in timeouts


class TestNames:
    @pytest.mark.parametrize("service", EXACT)
    def test_are_compared_byte_by_byte(self, databases, service):
        found = text(
            "SELECT CONCAT(table_name, '.', column_name), collation_name FROM information_schema.columns"
            " WHERE table_schema = DATABASE()"
        )
        with databases[service].engine.connect() as connection:
            collations = dict(connection.execute(found).all())

        assert {collations[name] for name in EXACT[service]} == {"utf8mb4_nopad_bin"}


class TestATransaction:
    # Deadlock, lock wait timeout, row changed since the snapshot.
    @pytest.mark.parametrize("number", [1213, 1205, 1020])
    def test_is_run_again_when_the_database_takes_it_back(self, clean, number):
        attempts = []

        def collide_once(session):
            attempts.append(1)
            if len(attempts) == 1:
                session.execute(text(f"SIGNAL SQLSTATE '40001' SET MYSQL_ERRNO = {number}, MESSAGE_TEXT = 'again'"))

        clean["payment"].write(collide_once)

        assert len(attempts) == 2

    def test_takes_no_gap_locks_that_would_block_inserts(self, clean):
        isolation = clean["payment"].read(lambda session: session.scalar(text("SELECT @@session.tx_isolation")))

        assert isolation == "READ-COMMITTED"
