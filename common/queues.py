"""Every exchange and queue there is, with the arguments that keep messages safe on them."""

from typing import Any

from kombu import Exchange, Queue, binding

from common.config import settings
from common.contracts.subscriptions import SERVICES, SUBSCRIPTIONS, inbox_queue
from common.messages import Event

# Quorum queues, because they survive a crash of the broker and count deliveries; a limit, because a message that
# kills its reader would otherwise come back for ever (RabbitMQ before 4.0 has no limit of its own).
DELIVERY_LIMIT = 20
# Hours of work for any consumer. A queue without a bound would fill the broker's disk, and then nobody publishes.
MAX_LENGTH = 100_000

#: How many queues an inbox may be at most; docs/scale.md says what one of them carries.
MOST_PARTS = 16
# What each queue of an inbox weighs: the same.
_WEIGHT = "1"
# One saga's events stay in one line. `message_id` would be as even, but is of no use to who looks for them.
_SPLIT_BY = {"hash-property": "correlation_id"}

#: Where messages go that were delivered too often, under the name of the queue or inbox they came from.
PARKED = Exchange("parked", "topic", durable=True)


def _arguments(name: str) -> dict[str, Any]:
    return {
        "x-queue-type": "quorum",
        "x-delivery-limit": DELIVERY_LIMIT,
        "x-dead-letter-exchange": PARKED.name,
        "x-dead-letter-routing-key": name,
        # A full queue refuses: an event stays in its outbox, a command in its saga, until a sweep sends it again.
        "x-max-length": MAX_LENGTH,
        # The default strategy may lose a message on its way to the parked queue; this one needs reject-publish.
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",
    }


def _asked_again(name: str) -> Queue:
    # What nobody took within a minute is worth nothing: the next order does its work. It must not be dead-lettered
    # either: a broker does that with what expires, too, and a worker that starts slowly would look like poison.
    arguments = {
        "x-queue-type": "quorum",
        "x-delivery-limit": DELIVERY_LIMIT,
        "x-max-length": MAX_LENGTH,
        "x-overflow": "reject-publish",
        "x-message-ttl": 60_000,
    }
    return Queue(name, Exchange(name, "topic"), routing_key=name, queue_arguments=arguments)


def commands(service: str) -> Queue:
    """Return the queue of the commands `service` accepts, bound to a topic exchange of the same name."""
    name = f"{service}.commands"
    # A topic, because Celery's delayed delivery on quorum queues does not work with a direct exchange.
    return Queue(name, Exchange(name, "topic"), routing_key=name, queue_arguments=_arguments(name))


def sweeps(service: str) -> Queue:
    """Return the queue of what beat asks `service` to do; apart, so that a crowd of commands cannot delay it."""
    return _asked_again(f"{service}.sweeps")


def settlements(service: str) -> Queue:
    """Return the queue where beat asks for slow work at an outside party, so that it can delay no other sweep."""
    return _asked_again(f"{service}.settlements")


def webhooks(service: str) -> Queue:
    """Return the queue where beat asks for webhooks to be sent; apart from mail, so that neither delays the other."""
    return _asked_again(f"{service}.webhooks")


def messages(service: str) -> Queue:
    """Return the queue where beat asks for messages to be sent; apart, so that a slow mail server delays no sweep."""
    return _asked_again(f"{service}.messages")


def inboxes(subscriber: str) -> list[Queue]:
    """Return the queues where `subscriber` hears events: one inbox per publisher, in AEROSAGA_INBOX_PARTS queues."""
    return [queue for name, events in _heard(subscriber).items() for queue in _inbox(name, events)]


def parts(name: str) -> list[str]:
    """Return the names of the queues that inbox `name` consists of: its own first, then those numbered from 2."""
    return [name, *(f"{name}.{number}" for number in range(2, _count() + 1))]


def parked(name: str) -> Queue:
    """Return the queue where messages of queue or inbox `name` wait for an operator."""
    return Queue(f"{name}.parked", PARKED, routing_key=name, queue_arguments={"x-queue-type": "quorum"})


def kept(service: str) -> list[str]:
    """Return the queues and inboxes of `service` whose messages are parked when they were delivered too often."""
    return [commands(service).name, *_heard(service)]


def tasks() -> list[Queue]:
    """Return every queue Celery sends to. All workers know all of them; each reads only its own."""
    return [
        *(commands(service) for service in SERVICES),
        *(sweeps(service) for service in SERVICES),
        settlements("payment"),
        messages("notification"),
        webhooks("notification"),
    ]


def declare(channel: Any) -> None:
    """
    Make sure that every exchange and queue exists, on `channel`'s broker.

    Publishers do this too: an event published before its subscriber ever ran must find the subscriber's queue.
    """
    for service in SERVICES:
        Exchange(f"{service}.events", "topic", channel=channel).declare()
    PARKED(channel).declare()
    for queue in tasks():
        queue(channel).declare()
        parked(queue.name)(channel).declare()
    for service in SERVICES:
        for name, events in _heard(service).items():
            _declare_inbox(channel, name, events)


def transport_options(url: str) -> dict[str, Any]:
    """Return what kombu's transport of `url` should know."""
    if url.startswith("redis"):
        # Redis gives a message back when it was not acknowledged for so long; the default is an hour.
        return {"visibility_timeout": 60}
    return {}


def _heard(subscriber: str) -> dict[str, list[type[Event]]]:
    """Return each inbox of `subscriber` with what it hears there."""
    inboxes: dict[str, list[type[Event]]] = {}
    for event in SUBSCRIPTIONS.get(subscriber, ()):
        inboxes.setdefault(inbox_queue(subscriber, event), []).append(event)
    return inboxes


def _count() -> int:
    # Redis as a broker knows no exchange that splits; what runs on it is one machine's.
    return settings().inbox_parts if _on_rabbitmq() else 1


def _on_rabbitmq() -> bool:
    return settings().broker_url.startswith("amqp")


def _inbox(name: str, events: list[type[Event]]) -> list[Queue]:
    if _count() == 1:
        bindings = [binding(exchange=_topic(event), routing_key=event.routing_key()) for event in events]
        return [Queue(name, _topic(events[0]), bindings=bindings, queue_arguments=_arguments(name))]
    split = _split(name, _count())
    return [Queue(part, split, routing_key=_WEIGHT, queue_arguments=_arguments(name)) for part in parts(name)]


def _declare_inbox(channel: Any, name: str, events: list[type[Event]]) -> None:
    """
    Make sure that the inbox exists in as many queues as it shall have, and that no other number of them is fed.

    At no moment an event has nowhere to go; while the number changes it may go to two queues, which is no harm.
    """
    for queue in _inbox(name, events):
        queue(channel).declare()
    parked(name)(channel).declare()
    if not _on_rabbitmq():
        return
    if _count() > 1:
        for event in events:
            _split(name, _count())(channel).bind_to(_topic(event), event.routing_key())
            Queue(name)(channel).unbind_from(_topic(event), event.routing_key())
    for number in range(2, MOST_PARTS + 1):
        if number != _count():
            # What is not there is deleted without complaint, and nobody waits for it.
            _split(name, number)(channel).delete(nowait=True)


def _split(name: str, count: int) -> Exchange:
    """Return what spreads the events of an inbox over `count` queues; another for another number of them."""
    return Exchange(f"{name}.in-{count}", "x-consistent-hash", durable=True, arguments=_SPLIT_BY)


def _topic(event: type[Event]) -> Exchange:
    return Exchange(event.exchange, "topic")
