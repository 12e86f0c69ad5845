"""Looks now and then at what waits: messages in queues, by the broker's word, and in outboxes, by their services'."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import httpx
from kombu import Connection
from prometheus_client.parser import text_string_to_metric_families

from common import queues
from common.contracts.registry import inventory
from common.contracts.subscriptions import SUBSCRIPTIONS, inbox_queue
from gateway import rules
from gateway.stream.hearing import LOST

log = logging.getLogger(__name__)

#: How far two looks are apart.
EVERY_SECONDS = 10.0
_ANSWER_SECONDS = 3.0
_UNPUBLISHED = "aerosaga_outbox_unpublished"


def queue_names() -> list[str]:
    """Return the queues that somebody takes commands or events from."""
    commands = {command.queue for command in inventory.commands()}
    heard = {inbox_queue(service, event) for service, events in SUBSCRIPTIONS.items() for event in events}
    return sorted(commands | heard)


class Sampler(threading.Thread):
    """A thread that counts what waits, and tells `noted` each time; what cannot be counted is left out."""

    def __init__(
        self, broker_url: str, services: Mapping[str, str], *, noted: Callable[[Mapping[str, int]], None]
    ) -> None:
        super().__init__(name="sampler", daemon=True)
        self._broker_url = broker_url
        self._services = services
        self._noted = noted
        self._stopping = threading.Event()

    def run(self) -> None:
        names = queue_names()
        limits = httpx.Timeout(_ANSWER_SECONDS, connect=rules.CONNECT_SECONDS)
        with httpx.Client(trust_env=False, timeout=limits) as http:
            while not self._stopping.is_set():
                self._noted({**dict(self._in_queues(names)), **dict(self._in_outboxes(http))})
                self._stopping.wait(EVERY_SECONDS)

    def stop(self) -> None:
        """Stop looking, after the look that is under way."""
        self._stopping.set()
        self.join(timeout=5)

    def _in_queues(self, names: list[str]) -> Iterator[tuple[str, int]]:
        options = queues.transport_options(self._broker_url)
        try:
            with Connection(self._broker_url, connect_timeout=3, heartbeat=0, transport_options=options) as link:
                for name in names:
                    yield name, _depth(link, name)
        except LOST as error:
            log.info("queues cannot be counted now: %s", error)

    def _in_outboxes(self, http: httpx.Client) -> Iterator[tuple[str, int]]:
        for service, url in self._services.items():
            try:
                answer = http.get(f"{url}/metrics").raise_for_status()
            except httpx.HTTPError as error:
                log.info("%s does not say what its outbox has: %s", service, error)
                continue
            for family in text_string_to_metric_families(answer.text):
                for sample in family.samples:
                    if sample.name == _UNPUBLISHED:
                        yield f"{service}.outbox", int(sample.value)


def _depth(link: Connection, name: str) -> int:
    """Return how many messages wait in a queue; 0 if it is not there, as an empty list in Redis is not."""
    channel: Any = link.channel()
    try:
        return int(channel.queue_declare(queue=name, passive=True).message_count)
    except link.channel_errors:
        return 0
    finally:
        channel.close()
