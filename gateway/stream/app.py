"""The stream process: server-sent events over ASGI, for whoever may hear them."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from typing import Any

from common import codec, config, log
from gateway import rules
from gateway.settings import settings
from gateway.stream.admission import Admission, NotAdmitted
from gateway.stream.hearing import Ear
from gateway.stream.hub import Hub, Listener
from gateway.stream.news import Topic, news_of

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

#: A comment so often, so that nobody between takes the silence for an end.
BEAT_SECONDS = 15.0
#: A stream ends after so long; the browser comes back at once, and is asked again who it is.
LONGEST_SECONDS = 600.0
#: As many listeners at once; whoever comes after them asks now and then instead.
MOST_LISTENERS = 2000

_TRIP = re.compile(r"/trips/([A-Z0-9]{6})/events")
_DEPARTURE = re.compile(r"/departures/([0-9]{1,18})/events")
_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    # nginx passes each piece on as it comes.
    (b"x-accel-buffering", b"no"),
    (b"content-security-policy", rules.DATA_POLICY.encode()),
]


class Stream:
    """The ASGI application."""

    def __init__(self) -> None:
        self._hub = Hub()
        self._ear: Ear | None = None
        self._admission = Admission(settings().upstreams.get("booking"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or live and end with the server."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            await self._answer(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            match (await receive())["type"]:
                case "lifespan.startup":
                    self._begin()
                    await send({"type": "lifespan.startup.complete"})
                case "lifespan.shutdown":
                    if self._ear:
                        await asyncio.to_thread(self._ear.stop)
                    await self._admission.close()
                    await send({"type": "lifespan.shutdown.complete"})
                    return

    def _begin(self) -> None:
        log.configure(service="gateway", role="stream")
        loop = asyncio.get_running_loop()

        def told(body: Any) -> None:
            for news in news_of(body):
                loop.call_soon_threadsafe(self._hub.publish, news)

        def gap() -> None:
            loop.call_soon_threadsafe(self._hub.publish_gap)

        self._ear = Ear(
            config.settings().broker_url,
            told=told,
            gap=gap,
        )
        self._ear.start()

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        if path in ("/healthz", "/readyz"):
            await self._tell_health(path, send)
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        try:
            if scope["method"] != "GET":
                raise NotAdmitted(405, "A stream is only read.")
            if self._hub.count >= MOST_LISTENERS:
                raise NotAdmitted(503, "Too many listen just now.")
            topic = await self._topic(path, headers)
        except NotAdmitted as refusal:
            await _say(send, refusal.status, {"detail": str(refusal)})
        else:
            await self._stream(topic, headers.get("last-event-id"), receive, send)

    async def _tell_health(self, path: str, send: Send) -> None:
        hears = self._ear is not None and self._ear.hears
        if path == "/healthz" or hears:
            await _say(send, 200, {"status": "ready" if hears else "alive", "listeners": self._hub.count})
        else:
            await _say(send, 503, {"status": "hears nothing", "listeners": self._hub.count})

    async def _topic(self, path: str, headers: dict[str, str]) -> Topic:
        if trip := _TRIP.fullmatch(path):
            return Topic("trip", await self._admission.reservation(trip[1], cookies=headers.get("cookie", "")))
        if departure := _DEPARTURE.fullmatch(path):
            return Topic("departure", int(departure[1]))
        raise NotAdmitted(404, "There is no such stream.")

    async def _stream(self, topic: Topic, last_id: str | None, receive: Receive, send: Send) -> None:
        listener = self._hub.listen(topic, last_id=last_id)
        watching = asyncio.create_task(_watch(receive, listener))
        end = asyncio.get_running_loop().time() + LONGEST_SECONDS
        try:
            await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
            # How long a browser waits before it comes back, in milliseconds.
            await _send(send, b"retry: 2000\n\n")
            while not watching.done() and asyncio.get_running_loop().time() < end:
                text = b": beat\n\n"
                with suppress(TimeoutError):
                    text = await asyncio.wait_for(listener.queue.get(), BEAT_SECONDS)
                if text:
                    await _send(send, text)
            if not watching.done():
                await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            watching.cancel()
            self._hub.leave(listener)


async def _watch(receive: Receive, listener: Listener) -> None:
    """Wait until a listener is gone, and wake up who waits for something to tell them."""
    while (await receive())["type"] != "http.disconnect":
        pass
    while not listener.queue.empty():
        listener.queue.get_nowait()
    listener.queue.put_nowait(b"")


async def _send(send: Send, text: bytes) -> None:
    await send({"type": "http.response.body", "body": text, "more_body": True})


async def _say(send: Send, status: int, body: dict[str, Any]) -> None:
    headers = [(b"content-type", b"application/json"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": codec.dumps(body).encode(), "more_body": False})


def app() -> Stream:
    """Return the application of one process."""
    return Stream()
