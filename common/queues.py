"""Every exchange and queue there is, with the arguments that keep messages safe on them."""

from typing import Any

from kombu import Exchange, Queue, binding

from common.contracts.subscriptions import SERVICES, SUBSCRIPTIONS, inbox_queue

# Quorum queues, because they survive a crash of the broker and count deliveries; a limit, because a message that
# kills its reader would otherwise come back for ever (RabbitMQ before 4.0 has no limit of its own).
DELIVERY_LIMIT = 20
# Hours of work for any consumer. A queue without a bound would fill the broker's disk, and then nobody publishes.
MAX_LENGTH = 100_000

#: Where messages go that were delivered too often, under the name of the queue they came from.
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
    """Return the queues where `subscriber` hears events: one per publisher."""
    bindings: dict[str, list[Any]] = {}
    for event in SUBSCRIPTIONS.get(subscriber, ()):
        bindings.setdefault(inbox_queue(subscriber, event), []).append(event)
    return [
        Queue(
            name,
            exchange=Exchange(events[0].exchange, "topic"),
            bindings=[_binding(event) for event in events],
            queue_arguments=_arguments(name),
        )
        for name, events in bindings.items()
    ]


def parked(name: str) -> Queue:
    """Return the queue where messages of queue `name` wait for an operator."""
    return Queue(f"{name}.parked", PARKED, routing_key=name, queue_arguments={"x-queue-type": "quorum"})


def kept(service: str) -> list[str]:
    """Return the names of the queues of `service` whose messages are parked when they were delivered too often."""
    return [commands(service).name, *(queue.name for queue in inboxes(service))]


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
    hearing = [queue for service in SERVICES for queue in inboxes(service)]
    for queue in [*tasks(), *hearing]:
        queue(channel).declare()
        parked(queue.name)(channel).declare()


def transport_options(url: str) -> dict[str, Any]:
    """Return what kombu's transport of `url` should know."""
    if url.startswith("redis"):
        # Redis gives a message back when it was not acknowledged for so long; the default is an hour.
        return {"visibility_timeout": 60}
    return {}


def _binding(event: Any) -> Any:
    return binding(exchange=Exchange(event.exchange, "topic"), routing_key=event.routing_key())
