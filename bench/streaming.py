"""
Measures one stream process: many listeners to one departure, events through a broker, how soon each hears each.

    python -m bench.streaming                        500 listeners, 20 events, one a second
    python -m bench.streaming --listeners 1000

It starts a private Redis as the broker and one gateway-stream process, speaks to it directly, and stops both.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import secrets
import statistics
import tempfile
import time
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import httpx
from kombu import Connection, Exchange

from common import codec, queues
from common.contracts.booking import SeatHeld
from deploy import ports, topology
from deploy.daemon import Daemon
from deploy.programs import ROOT, python_command
from deploy.redis import Redis, executable_without_root

DEPARTURE = 17
SEATS = 180


class Tally:
    """What the listeners have received: how many events, and after how many milliseconds each."""

    def __init__(self) -> None:
        self.listening = 0
        self.milliseconds: list[float] = []


async def listen(port: int, tally: Tally) -> None:
    """Read one stream until it is cut, noting for each event how old it is."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET /departures/{DEPARTURE}/events HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    try:
        while line := await reader.readline():
            if line.startswith(b"event: snapshot"):
                tally.listening += 1
            elif line.startswith(b'data: {"seat"'):
                at = datetime.fromisoformat(codec.loads(line[6:])["at"])
                tally.milliseconds.append((datetime.now(UTC) - at).total_seconds() * 1000)
    finally:
        writer.close()


def publish(link: Connection, number: int) -> None:
    """Publish what booking_svc would: a seat of the departure is taken."""
    event = SeatHeld(
        correlation_id=uuid.uuid4(),
        occurred_at=datetime.now(UTC),
        reservation_id=number,
        locator="K7Q2ZD",
        seat_id=number,
        seat_number=f"{number % SEATS // 6 + 1}{'ABCDEF'[number % 6]}",
        departure_id=DEPARTURE,
        airline="AA",
        flight_number=3003,
    )
    link.Producer().publish(
        codec.dumps(event.to_wire()),
        exchange=Exchange(event.exchange, "topic"),
        routing_key=event.routing_key(),
        content_type="application/json",
        content_encoding="utf-8",
    )


async def measure(port: int, broker: str, *, listeners: int, events: int, pause: float) -> dict[str, Any]:
    """Return what was seen."""
    tally = Tally()
    began = time.monotonic()
    tasks = [asyncio.create_task(listen(port, tally)) for _ in range(listeners)]
    while tally.listening < listeners and time.monotonic() - began < 120:
        await asyncio.sleep(0.05)
    connected = time.monotonic() - began
    with Connection(broker, transport_options=queues.transport_options(broker)) as link:
        for number in range(events):
            await asyncio.to_thread(publish, link, number)
            await asyncio.sleep(pause)
    end = time.monotonic() + 60
    while len(tally.milliseconds) < listeners * events and time.monotonic() < end:
        await asyncio.sleep(0.1)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    times = sorted(tally.milliseconds)
    return {
        "listeners": tally.listening,
        "connected in s": round(connected, 2),
        "events": events,
        "received": f"{len(times)} of {listeners * events}",
        "ms p50": round(statistics.median(times), 1) if times else None,
        "ms p99": round(times[int(len(times) * 0.99)], 1) if times else None,
        "ms max": round(times[-1], 1) if times else None,
    }


def main() -> None:
    """Start what is measured, measure it, print the figures."""
    options = argparse.ArgumentParser(description=(__doc__ or "").strip().splitlines()[0])
    options.add_argument("--listeners", type=int, default=500)
    options.add_argument("--events", type=int, default=20)
    options.add_argument("--pause", type=float, default=1.0, help="seconds between two events")
    asked = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="aerosaga-stream-") as folder:
        place = Path(folder)
        redis_port, stream_port = ports.remembered(place / "ports.json", ("redis", "stream")).values()
        redis = Redis(
            place / "redis", port=redis_port, password=secrets.token_hex(8), executable=executable_without_root()
        )
        redis.prepare()
        words = topology.command(topology.STREAM, host="127.0.0.1", port=stream_port, data="", web_workers=1, unique="")
        settings = {"AEROSAGA_BROKER_URL": redis.url, "AEROSAGA_KEY_SECRET": secrets.token_hex(32)}
        started = [Daemon(place, "redis"), Daemon(place, "stream")]
        try:
            started[0].start(redis.command(), environment=redis.environment(), directory=ROOT, tether=True)
            environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **settings}
            started[1].start(python_command(words), environment=environment, directory=ROOT, tether=True)
            until_ready(f"http://127.0.0.1:{stream_port}/readyz")
            seen = asyncio.run(
                measure(stream_port, redis.url, listeners=asked.listeners, events=asked.events, pause=asked.pause)
            )
            seen["memory of its processes in MB"] = sum(map(resident, family(started[1].pid or 0)))
        finally:
            for daemon in reversed(started):
                daemon.stop(seconds=10)
    click.echo(f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    for name, value in seen.items():
        click.echo(f"{name:>30}  {value}")


def until_ready(url: str, *, seconds: float = 60) -> None:
    """Wait until the process hears the broker."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if httpx.get(url, timeout=2, trust_env=False).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.1)
    raise SystemExit(f"{url} did not become ready within {seconds:.0f} s.")


def family(pid: int) -> list[int]:
    """Return a process and those below it."""
    below = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(each for child in below for each in family(int(child)))]


def resident(pid: int) -> int:
    """Return the memory of a process in MB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("VmRSS"))) // 1024


if __name__ == "__main__":
    main()
