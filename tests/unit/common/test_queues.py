"""Every queue keeps its messages safe, and all lists of who hears what agree."""

import pytest

import celeryconfig
from common import queues
from common.contracts.subscriptions import SERVICES, SUBSCRIPTIONS
from deploy import topology

INBOXES = [queue for service in SERVICES for queue in queues.inboxes(service)]
# What beat asks for is worth nothing a minute later, as it asks again; every other message is kept.
ASKED_AGAIN = {entry["options"]["queue"] for entry in celeryconfig.beat_schedule.values()}
KEPT = [queue for queue in [*queues.tasks(), *INBOXES] if queue.name not in ASKED_AGAIN]
SWEEPS = [queue for queue in queues.tasks() if queue.name in ASKED_AGAIN]


def names(queue):
    return queue.name


class TestQueues:
    @pytest.mark.parametrize("queue", [*KEPT, *SWEEPS], ids=names)
    def test_survive_a_crash_and_count_deliveries(self, queue):
        assert queue.durable
        assert not queue.auto_delete
        assert queue.queue_arguments["x-queue-type"] == "quorum"
        assert queue.queue_arguments["x-delivery-limit"] == 20

    @pytest.mark.parametrize("queue", [*KEPT, *SWEEPS], ids=names)
    def test_have_a_length_and_refuse_what_is_more_so_that_its_publisher_keeps_it(self, queue):
        assert queue.queue_arguments["x-max-length"] == queues.MAX_LENGTH
        assert queue.queue_arguments["x-overflow"] == "reject-publish"

    @pytest.mark.parametrize("queue", KEPT, ids=names)
    def test_park_what_was_delivered_too_often_under_their_own_name(self, queue):
        parked = queues.parked(queue.name)

        assert queue.queue_arguments["x-dead-letter-exchange"] == parked.exchange.name == "parked"
        assert queue.queue_arguments["x-dead-letter-routing-key"] == parked.routing_key == queue.name
        assert queue.queue_arguments["x-dead-letter-strategy"] == "at-least-once"
        assert parked.queue_arguments == {"x-queue-type": "quorum"}

    @pytest.mark.parametrize("queue", SWEEPS, ids=names)
    def test_of_sweeps_forget_what_nobody_took(self, queue):
        assert queue.queue_arguments["x-message-ttl"] == 60_000
        # A broker dead-letters what expires as well, and an order that nobody took in time is no poison.
        assert "x-dead-letter-exchange" not in queue.queue_arguments

    @pytest.mark.parametrize("service", SERVICES)
    def test_that_park_are_looked_into(self, service):
        parking = {queue.name for queue in KEPT if queue.name.split(".")[0] == service}

        assert set(queues.kept(service)) == parking

    @pytest.mark.parametrize("queue", [*KEPT, *SWEEPS], ids=names)
    def test_refuse_rather_than_drop_when_full(self, queue):
        assert queue.queue_arguments["x-overflow"] == "reject-publish"

    @pytest.mark.parametrize("queue", queues.tasks(), ids=names)
    def test_of_tasks_are_bound_to_a_topic_exchange_of_their_name(self, queue):
        assert (queue.exchange.name, queue.exchange.type, queue.routing_key) == (queue.name, "topic", queue.name)


class TestInboxes:
    @pytest.mark.parametrize("subscriber", SUBSCRIPTIONS)
    def test_hear_every_subscription_from_its_publishers_exchange(self, subscriber):
        bound = {
            (queue.name, binding.exchange.name, binding.routing_key)
            for queue in queues.inboxes(subscriber)
            for binding in queue.bindings
        }

        assert bound == {
            (f"{subscriber}.inbox.{event.exchange.split('.')[0]}", event.exchange, f"{event.__name__}.v{event.version}")
            for event in SUBSCRIPTIONS[subscriber]
        }

    def test_are_none_for_who_hears_nothing(self):
        assert queues.inboxes("airline") == []


class TestTopology:
    def test_has_the_same_services(self):
        assert topology.SERVICES == SERVICES

    def test_has_somebody_take_messages_from_each_queue_and_from_no_other(self):
        # A service that accepts no command has its queue all the same, empty: Celery wants a default one.
        idle = {f"{service}.commands" for service in SERVICES if service not in topology.TAKES_COMMANDS}

        assert topology.queues() | idle == {queue.name for queue in [*KEPT, *SWEEPS]}

    def test_has_the_same_hear_each_other(self):
        heard = {
            subscriber: {event.exchange.removesuffix(".events") for event in events}
            for subscriber, events in SUBSCRIPTIONS.items()
        }

        assert {service: set(publishers) for service, publishers in topology.HEARS.items()} == heard


class TestTransportOptions:
    def test_give_an_unacknowledged_message_back_sooner_on_redis(self):
        assert queues.transport_options("redis://127.0.0.1:6379/0") == {"visibility_timeout": 60}

    def test_are_none_on_rabbitmq(self):
        assert queues.transport_options("amqp://127.0.0.1//") == {}
