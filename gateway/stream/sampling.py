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
#: And how far when nothing waited: a look is eight requests.
REST_SECONDS = 20.0
_ANSWER_SECONDS = 3.0
_BROKER_SECONDS = 5.0
_UNPUBLISHED = "aerosaga_outbox_unpublished"


def queue_names() -> list[str]:
    """Return the queues that somebody takes commands or events from."""
    commands = {command.queue for command in inventory.commands()}
    heard = {inbox_queue(service, event) for service, events in SUBSCRIPTIONS.items() for event in events}
    return sorted(commands | heard)


def _parts(name: str) -> list[str]:
    return queues.parts(name) if ".inbox." in name else [name]


def _length(channel: Any, queue: str) -> int:
    return int(channel.queue_declare(queue=queue, passive=True).message_count)


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
        self._link: Connection | None = None

    def run(self) -> None:
        names = queue_names()
        limits = httpx.Timeout(_ANSWER_SECONDS, connect=rules.CONNECT_SECONDS)
        with httpx.Client(trust_env=False, timeout=limits) as http:
            while not self._stopping.is_set():
                waiting = {**dict(self._in_queues(names)), **dict(self._in_outboxes(http))}
                self._noted(waiting)
                self._stopping.wait(EVERY_SECONDS if any(waiting.values()) else REST_SECONDS)
        self._hang_up()

    def stop(self) -> None:
        """Stop looking, after the look that is under way."""
        self._stopping.set()
        self.join(timeout=5)

    def _in_queues(self, names: list[str]) -> Iterator[tuple[str, int]]:
        try:
            if self._link is None:
                options: dict[str, Any] = queues.transport_options(self._broker_url)
                if self._broker_url.startswith("amqp"):
                    # A broker that is silent is given up; nobody else would notice on a connection that only asks.
                    options |= {"read_timeout": _BROKER_SECONDS, "write_timeout": _BROKER_SECONDS}
                self._link = Connection(self._broker_url, connect_timeout=3, heartbeat=0, transport_options=options)
                self._link.connect()
            channel: Any = self._link.channel()
            for name in names:
                try:
                    yield name, sum(_length(channel, part) for part in _parts(name))
                except self._link.channel_errors:  # it is not there, as an empty list in Redis is not
                    yield name, 0
                    channel = self._link.channel()  # the broker has closed the other
            channel.close()
        except LOST as error:
            self._hang_up()
            log.info("queues cannot be counted now: %s", error)

    def _hang_up(self) -> None:
        link, self._link = self._link, None
        if link is not None:
            link.collect(socket_timeout=1.0)

    def _in_outboxes(self, http: httpx.Client) -> Iterator[tuple[str, int]]:
        for service, url in self._services.items():
            try:
                answer = http.get(f"{url}/metrics").raise_for_status()
            except httpx.HTTPError as error:
                log.info("%s does not say what its outbox has: %s", service, error)
                continue
            # One line of all that it tells.
            said = "\n".join(line for line in answer.text.splitlines() if line.startswith(_UNPUBLISHED))
            for family in text_string_to_metric_families(f"{said}\n"):
                for sample in family.samples:
                    if sample.name == _UNPUBLISHED:
                        yield f"{service}.outbox", int(sample.value)
