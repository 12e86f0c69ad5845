"""The stream process, over each broker: who may listen, what they are told, and what those who were away get."""

import json
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest
from kombu import Connection, Exchange

from common import codec, queues, sealing
from common.contracts.booking import SeatHeld, SeatTentativelyHeld
from deploy import topology
from deploy.daemon import Daemon
from deploy.embedded import Embedded
from deploy.ports import near
from deploy.programs import python_command
from deploy.servers import Servers
from tests.integration.gateway.doors import ROOT
from tests.surroundings import surroundings

CORRELATION, OTHER_CORRELATION = uuid.uuid4(), uuid.uuid4()
KEY_SECRET = "seals-the-cookies-of-the-tests-of-the-stream"


@contextmanager
def serving(answers: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """Let something answer at an address of its own."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def booking() -> Iterator[str]:
    """A booking_svc that opens one reservation to one token."""

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            opens = self.path == "/reservations/K7Q2ZD" and self.headers.get("Authorization") == "Bearer good"
            self.send_response(200 if opens else 404)
            self.end_headers()
            self.wfile.write(json.dumps({"reservationId": 7} if opens else {}).encode())

        def log_message(self, *_: object) -> None:
            pass

    with serving(Answers) as url:
        yield url


@pytest.fixture(scope="module")
def auth() -> Iterator[str]:
    """An auth_svc that knows an operator and a traveller by their tokens."""

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            role = {"Bearer operates": "operator", "Bearer travels": "traveller"}.get(self.headers["Authorization"])
            self.send_response(200 if role and self.path == "/auth/me" else 401)
            self.end_headers()
            self.wfile.write(json.dumps({"role": role}).encode())

        def log_message(self, *_: object) -> None:
            pass

    with serving(Answers) as url:
        yield url


class Stream:
    """One running stream process at its broker."""

    def __init__(self, url: str, broker: str) -> None:
        self.url = url
        self.broker = broker

    def publish(
        self,
        *,
        seat: str,
        departure: int,
        reservation: int = 7,
        kind: type = SeatHeld,
        correlation: uuid.UUID | None = None,
    ) -> None:
        """Publish as booking_svc's relay does."""
        more = {"expires_at": datetime.now(UTC)} if kind is SeatTentativelyHeld else {}
        event = kind(
            correlation_id=correlation or uuid.uuid4(),
            occurred_at=datetime.now(UTC),
            reservation_id=reservation,
            locator="K7Q2ZD",
            seat_id=1,
            seat_number=seat,
            departure_id=departure,
            airline="AA",
            flight_number=3003,
            **more,
        )
        with Connection(self.broker, transport_options=queues.transport_options(self.broker)) as link:
            link.Producer().publish(
                codec.dumps(event.to_wire()),
                exchange=Exchange(event.exchange, "topic"),
                routing_key=event.routing_key(),
                content_type="application/json",
                content_encoding="utf-8",
            )

    @contextmanager
    def listening(self, path: str, **headers: str) -> Iterator[Iterator[tuple[str, str, str]]]:
        """Listen, and give (id, event, data) of each message as it comes."""
        with (
            httpx.Client(trust_env=False, timeout=30) as client,
            client.stream("GET", self.url + path, headers=headers) as answer,
        ):
            assert answer.status_code == 200
            assert answer.headers["content-type"].startswith("text/event-stream")
            yield _messages(answer.iter_lines())


@pytest.fixture(scope="module", params=["redis", "rabbitmq"])
def stream(request, booking, auth, tmp_path_factory) -> Iterator[Stream]:
    """The stream process over each broker."""
    place = tmp_path_factory.mktemp("stream")
    if request.param == "rabbitmq":
        backing: Servers | Embedded = request.getfixturevalue("servers")
        broker = backing.urls.broker
    else:
        backing = Embedded(place)
        backing.redis.prepare()
        broker = backing.urls.broker
    daemons = []
    if request.param == "redis":
        daemons.append(Daemon(place, "redis"))
        daemons[0].start(backing.redis.command(), environment=backing.redis.environment(), directory=ROOT, tether=True)
        _until(backing.redis.answers)
    port = near(18611, taken=())
    words = topology.command(topology.STREAM, host="127.0.0.1", port=port, data="", web_workers=1, unique="")
    environment = {
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": str(ROOT),
        "AEROSAGA_BROKER_URL": broker,
        "AEROSAGA_BOOKING_URL": booking,
        "AEROSAGA_AUTH_URL": auth,
        "AEROSAGA_KEY_SECRET": KEY_SECRET,
    }
    daemons.append(Daemon(place, "gateway-stream"))
    daemons[-1].start(python_command(words), environment=environment, directory=ROOT, tether=True)
    url = f"http://127.0.0.1:{port}"
    try:
        _until(lambda: _status(f"{url}/readyz") == 200)
        yield Stream(url, broker)
    finally:
        for daemon in reversed(daemons):
            daemon.stop(seconds=15)


class TestADeparture:
    def test_is_told_to_anybody_and_of_nobody(self, stream):
        with stream.listening("/departures/17/events") as messages:
            assert next(messages)[1:] == ("snapshot", "{}")

            stream.publish(seat="12A", departure=17, kind=SeatTentativelyHeld)
            stream.publish(seat="12A", departure=17)

            told = [json.loads(next(messages)[2]) for _ in range(2)]
        assert [(each["seat"], each["state"]) for each in told] == [("12A", "held"), ("12A", "taken")]
        assert all(set(each) == {"seat", "state", "at"} for each in told)

    def test_is_told_from_where_it_was_left(self, stream):
        with stream.listening("/departures/18/events") as messages:
            next(messages)
            stream.publish(seat="1A", departure=18)
            last, _, _ = next(messages)
        stream.publish(seat="2A", departure=18)
        stream.publish(seat="9F", departure=19)
        stream.publish(seat="3A", departure=18)

        with stream.listening("/departures/18/events", **{"Last-Event-ID": last}) as messages:
            told = [json.loads(next(messages)[2])["seat"] for _ in range(2)]

        assert told == ["2A", "3A"]


class TestATrip:
    def test_is_told_to_whom_it_is_open(self, stream):
        with stream.listening("/trips/K7Q2ZD/events", Cookie=cookie("good")) as messages:
            next(messages)

            stream.publish(seat="12A", departure=21, reservation=8)
            stream.publish(seat="12B", departure=21, reservation=7)

            data = json.loads(next(messages)[2])
        assert data["type"] == "SeatHeld"
        assert set(data) == {"type", "at"}

    @pytest.mark.parametrize(
        ("path", "headers"),
        [
            ("/trips/K7Q2ZD/events", {}),
            ("/trips/K7Q2ZD/events", {"Cookie": "aerosaga_trip=nonsense"}),
            ("/trips/ABCDEF/events", {"Cookie": "good"}),
            ("/trips/K7Q2ZD/events", {"Cookie": "bad"}),
            ("/trips/K7Q2ZD", {"Cookie": "good"}),
            ("/departures/x/events", {}),
        ],
    )
    def test_is_not_there_for_anybody_else(self, stream, path, headers):
        sent = {name: cookie(value) if value in {"good", "bad"} else value for name, value in headers.items()}

        assert httpx.get(stream.url + path, headers=sent, trust_env=False, timeout=20).status_code == 404


class TestEverything:
    def test_is_told_to_an_operator_by_correlation_id_and_whole(self, stream):
        path = f"/ops/events/stream?name=SeatHeld&correlation={CORRELATION}"
        with stream.listening(path, Cookie=login("operates")) as messages:
            next(messages)

            stream.publish(seat="7A", departure=40)
            stream.publish(seat="7B", departure=40, kind=SeatTentativelyHeld, correlation=CORRELATION)
            stream.publish(seat="7C", departure=40, correlation=CORRELATION)

            told = json.loads(next(messages)[2])
        assert (told["type"], told["seatNumber"], told["correlationId"]) == ("SeatHeld", "7C", str(CORRELATION))

    def test_can_be_asked_for_by_an_operator_where_there_is_no_stream(self, stream):
        stream.publish(seat="8A", departure=41, correlation=OTHER_CORRELATION)

        def seats() -> list[str]:
            answer = httpx.get(
                f"{stream.url}/recent?correlation={OTHER_CORRELATION}",
                headers={"Authorization": "Bearer operates"},
                trust_env=False,
                timeout=20,
            )
            return [event["seatNumber"] for event in answer.json()["events"]]

        _until(lambda: seats() == ["8A"])

    @pytest.mark.parametrize("path", ["/ops/events/stream", "/recent"])
    @pytest.mark.parametrize(
        ("headers", "status"),
        [
            ({}, 401),
            ({"Cookie": "aerosaga_login=nonsense"}, 401),
            ({"Authorization": "Bearer nobody"}, 401),
            ({"Authorization": "Bearer travels"}, 403),
        ],
    )
    def test_is_told_to_nobody_else(self, stream, path, headers, status):
        assert httpx.get(stream.url + path, headers=headers, trust_env=False, timeout=20).status_code == status

    def test_is_counted(self, stream):
        _until(lambda: "booking.commands" in _get(f"{stream.url}/metrics"))

        assert len(json.loads(_get(f"{stream.url}/figures"))["minutes"]) == 180


class TestListeners:
    def test_are_counted_until_they_leave(self, stream):
        with stream.listening("/departures/30/events") as messages:
            next(messages)
            assert listeners(stream) >= 1

        _until(lambda: listeners(stream) == 0)


def listeners(stream: Stream) -> int:
    return int(httpx.get(f"{stream.url}/healthz", trust_env=False, timeout=20).json()["listeners"])


def cookie(token: str) -> str:
    return _sealed("aerosaga_trip", {"token": token})


def login(token: str) -> str:
    return _sealed("aerosaga_login", {"access_token": token})


def _sealed(name: str, value: dict[str, str]) -> str:
    with surroundings(key_secret=KEY_SECRET):
        return f"{name}=" + sealing.seal(codec.dumps(value), purpose=f"cookie {name}")


def _get(url: str) -> str:
    return httpx.get(url, trust_env=False, timeout=20).text


def _messages(lines: Iterator[str]) -> Iterator[tuple[str, str, str]]:
    told: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(": ")
        if line and name:
            told[name] = value
        elif "event" in told:
            yield told["id"], told["event"], told["data"]
            told = {}


def _status(url: str) -> int:
    try:
        return httpx.get(url, timeout=2, trust_env=False).status_code
    except httpx.HTTPError:
        return 0


def _until(look: object, *, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not look():  # type: ignore[operator]
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.1)
