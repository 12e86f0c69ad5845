"""The stream process: server-sent events over ASGI, for whoever may hear them."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from contextlib import suppress
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST

from common import codec, config, log
from gateway import rules
from gateway.settings import settings
from gateway.stream.admission import Admission, NotAdmitted
from gateway.stream.exposition import exposition
from gateway.stream.figures import KEEPS, Figures
from gateway.stream.hearing import Ear
from gateway.stream.hub import Hub, Listener
from gateway.stream.news import Topic, news_of
from gateway.stream.sampling import Sampler
from gateway.stream.watching import EVERYTHING, watched, wish_of
from gateway.stream.watching import KEEPS as KEEPS_EVENTS

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
_EVERYTHING = "/ops/events/stream"
# What the pages of operators are told of the latest events, as many as one page shows.
_RECENT = "/recent"
_MOST_RECENT = 100
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
        # Whole events, for operators; apart, so that they push nobody's news out.
        self._events = Hub(keeps=KEEPS_EVENTS)
        self._figures = Figures()
        self._ear: Ear | None = None
        self._sampler: Sampler | None = None
        self._admission = Admission(settings().upstreams)

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
                    if self._ear and self._sampler:
                        await asyncio.gather(asyncio.to_thread(self._ear.stop), asyncio.to_thread(self._sampler.stop))
                    await self._admission.close()
                    await send({"type": "lifespan.shutdown.complete"})
                    return

    def _begin(self) -> None:
        log.configure(service="gateway", role="stream")
        loop = asyncio.get_running_loop()

        def told(body: Any) -> None:
            loop.call_soon_threadsafe(self._tell, body)

        def gap() -> None:
            for hub in (self._hub, self._events):
                loop.call_soon_threadsafe(hub.publish_gap)

        def noted(waiting: Mapping[str, int]) -> None:
            loop.call_soon_threadsafe(self._figures.note_waiting, waiting)

        broker_url = config.settings().broker_url
        self._ear = Ear(broker_url, told=told, gap=gap)
        self._ear.start()
        self._sampler = Sampler(broker_url, settings().internal, noted=noted)
        self._sampler.start()

    def _tell(self, body: Mapping[str, Any]) -> None:
        for news in news_of(body):
            self._hub.publish(news)
        whole = watched(body)
        if whole:
            self._events.publish(whole)
        self._figures.note(body)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        path, query = scope["path"], scope.get("query_string", b"")
        if path in ("/healthz", "/readyz"):
            await self._tell_health(path, send)
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        try:
            if scope["method"] != "GET":
                raise NotAdmitted(405, "A stream is only read.")
            if path in ("/figures", "/metrics"):
                await self._tell_figures(path, send)
                return
            if path == _RECENT:
                await self._admission.operator(headers)
                recent = self._events.recent(Listener(EVERYTHING, wish_of(query).fits), count=_MOST_RECENT)
                await _say(send, 200, {"since": self._figures.since, "events": recent})
                return
            if self._listeners >= MOST_LISTENERS:
                raise NotAdmitted(503, "Too many listen just now.")
            hub, listener = await self._listen(path, query, headers)
        except NotAdmitted as refusal:
            await _say(send, refusal.status, {"detail": str(refusal)})
        else:
            await self._stream(hub, listener, receive, send)

    @property
    def _listeners(self) -> int:
        return self._hub.count + self._events.count

    async def _tell_figures(self, path: str, send: Send) -> None:
        # Inside only, as the metrics of services are, and of nobody in particular.
        if path == "/metrics":
            await _say(send, 200, exposition(self._figures), content_type=CONTENT_TYPE_LATEST)
        else:
            await _say(send, 200, self._figures.told(minutes=KEEPS))

    async def _tell_health(self, path: str, send: Send) -> None:
        hears = self._ear is not None and self._ear.hears
        if path == "/healthz" or hears:
            await _say(send, 200, {"status": "ready" if hears else "alive", "listeners": self._listeners})
        else:
            await _say(send, 503, {"status": "hears nothing", "listeners": self._listeners})

    async def _listen(self, path: str, query: bytes, headers: Mapping[str, str]) -> tuple[Hub, Listener]:
        last_id = headers.get("last-event-id")
        if path == _EVERYTHING:
            await self._admission.operator(headers)
            return self._events, self._events.listen(EVERYTHING, last_id=last_id, wants=wish_of(query).fits)
        if trip := _TRIP.fullmatch(path):
            topic = Topic("trip", await self._admission.reservation(trip[1], cookies=headers.get("cookie", "")))
        elif departure := _DEPARTURE.fullmatch(path):
            topic = Topic("departure", int(departure[1]))
        else:
            raise NotAdmitted(404, "There is no such stream.")
        return self._hub, self._hub.listen(topic, last_id=last_id)

    async def _stream(self, hub: Hub, listener: Listener, receive: Receive, send: Send) -> None:
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
            hub.leave(listener)


async def _watch(receive: Receive, listener: Listener) -> None:
    """Wait until a listener is gone, and wake up who waits for something to tell them."""
    while (await receive())["type"] != "http.disconnect":
        pass
    while not listener.queue.empty():
        listener.queue.get_nowait()
    listener.queue.put_nowait(b"")


async def _send(send: Send, text: bytes) -> None:
    await send({"type": "http.response.body", "body": text, "more_body": True})


async def _say(
    send: Send, status: int, body: Mapping[str, Any] | bytes, *, content_type: str = "application/json"
) -> None:
    headers = [(b"content-type", content_type.encode()), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    written = body if isinstance(body, bytes) else codec.dumps(body).encode()
    await send({"type": "http.response.body", "body": written, "more_body": False})


def app() -> Stream:
    """Return the application of one process."""
    return Stream()
