"""MariaDB, RabbitMQ and Redis that stop, die, forget, refuse or are full."""

import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import redis

from tests.reliability.faults.kinds.kind import Kind
from tests.reliability.faults.schedule import Pace, Strike
from tests.reliability.faults.system import System

# The watermark of every RabbitMQ that nobody has told another.
MEMORY = "0.4"
DISK = "200MB"
FULL = "nearly-full"
START_SECONDS = 120


@contextmanager
def _restart(system: System, strike: Strike) -> Iterator[None]:
    """Stopped cleanly, away for a while, started."""
    with system.alone(strike.target):
        system.stop(strike.target)
        try:
            yield
        finally:
            system.start(strike.target)
            wait_for(system, strike.target)


@contextmanager
def _kill(system: System, strike: Strike) -> Iterator[None]:
    """Dead, as by a power cut; the supervisor starts it again."""
    with system.alone(strike.target):
        system.signal(strike.target, signal.SIGKILL, group=True)
        yield
        wait_for(system, strike.target)


@contextmanager
def _flush(system: System, strike: Strike) -> Iterator[None]:
    with suppress(redis.RedisError), redis.Redis.from_url(system.servers.urls.result) as store:
        store.flushall()
    yield


@contextmanager
def _slow(system: System, strike: Strike) -> Iterator[None]:
    """Every command waits 2 s, by the server's own CLIENT PAUSE, again and again."""
    with redis.Redis.from_url(system.servers.urls.result) as store:
        end = time.monotonic() + strike.lasts
        while time.monotonic() < end:
            with suppress(redis.RedisError):
                store.execute_command("CLIENT", "PAUSE", 2000, "ALL")
            time.sleep(2.05)
    yield


@contextmanager
def _memory_alarm(system: System, strike: Strike) -> Iterator[None]:
    yield from _told(system, ["set_vm_memory_high_watermark", "0.00001"], ["set_vm_memory_high_watermark", MEMORY])


@contextmanager
def _disk_alarm(system: System, strike: Strike) -> Iterator[None]:
    yield from _told(system, ["set_disk_free_limit", "900000GB"], ["set_disk_free_limit", DISK])


@contextmanager
def _full(system: System, strike: Strike) -> Iterator[None]:
    """A queue takes one message and refuses the next (reject-publish)."""
    words = ["set_policy", "--vhost", "aerosaga", FULL, f"^{strike.target}$".replace(".", "[.]")]
    full = [*words, '{"max-length":1}', "--apply-to", "queues"]
    yield from _told(system, full, ["clear_policy", "--vhost", "aerosaga", FULL])


def _told(system: System, bad: list[str], good: list[str]) -> Iterator[None]:
    with system.alone("rabbitmq"):
        _insist(system, bad)
        try:
            yield
        finally:
            _insist(system, good)


def _insist(system: System, words: list[str]) -> None:
    """Tell the broker, which another fault may have taken away, until it has taken it."""
    end = time.monotonic() + START_SECONDS
    while True:
        try:
            system.servers.rabbitmq.control(*words)
            return
        except subprocess.CalledProcessError:
            if time.monotonic() > end:
                raise
            time.sleep(1.0)


def wait_for(system: System, name: str) -> None:
    """Wait until a server answers again."""
    server = next(server for server in system.servers.everyone if server.name == name)
    end = time.monotonic() + START_SECONDS
    while not server.answers():
        if time.monotonic() > end:
            raise subprocess.SubprocessError(f"{name} did not answer {START_SECONDS} s after its start")
        time.sleep(0.1)


KINDS = (
    Kind(
        name="database-restart",
        about="MariaDB, with the database of each service, stopped and started every 5 to 40 s, down 0 to 2 s",
        deed=_restart,
        pace=Pace(targets=("mariadb",), every=22.5, spread=(5 / 22.5, 40 / 22.5)),
        floor=2,
        short=True,
    ),
    Kind(
        name="database-kill",
        about="kill -9 of MariaDB",
        deed=_kill,
        pace=Pace(targets=("mariadb",), every=15.0),
        floor=2,
    ),
    Kind(
        name="database-away",
        about="MariaDB away for longer than a message may be delivered again",
        deed=_restart,
        pace=Pace(targets=("mariadb",), every=1000.0, lasts=(75.0, 90.0)),
        floor=1,
    ),
    Kind(
        name="broker-restart",
        about="RabbitMQ stopped and started",
        deed=_restart,
        pace=Pace(targets=("rabbitmq",), every=25.0),
        floor=1,
    ),
    Kind(
        name="broker-kill",
        about="kill -9 of RabbitMQ",
        deed=_kill,
        pace=Pace(targets=("rabbitmq",), every=25.0),
        floor=1,
        short=True,
    ),
    Kind(
        name="redis-flush",
        about="FLUSHALL",
        deed=_flush,
        pace=Pace(targets=("redis",), every=2.0),
        floor=5,
        short=True,
    ),
    Kind(
        name="redis-stop",
        about="Redis away for some seconds",
        deed=_restart,
        pace=Pace(targets=("redis",), every=12.0, lasts=(2.0, 8.0)),
        floor=2,
    ),
    Kind(
        name="redis-slow",
        about="Redis takes 2 s for everything",
        deed=_slow,
        pace=Pace(targets=("redis",), every=15.0, lasts=(6.0, 10.0)),
        floor=2,
    ),
    Kind(
        name="memory-alarm",
        about="RabbitMQ's memory alarm: publishers are blocked",
        deed=_memory_alarm,
        pace=Pace(targets=("rabbitmq",), every=20.0, lasts=(5.0, 10.0)),
        floor=1,
    ),
    Kind(
        name="disk-alarm",
        about="RabbitMQ's disk alarm: publishers are blocked",
        deed=_disk_alarm,
        pace=Pace(targets=("rabbitmq",), every=20.0, lasts=(5.0, 10.0)),
        floor=1,
    ),
    Kind(
        name="queue-full",
        about="a queue that refuses what is published",
        deed=_full,
        pace=Pace(
            targets=("booking.inbox.payment", "payment.inbox.booking", "payment.commands", "booking.commands"),
            every=15.0,
            lasts=(5.0, 10.0),
        ),
        floor=2,
    ),
)
