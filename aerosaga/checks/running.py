"""Examines what runs: leftovers, processes, queues, and the services from outside."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import redis
from kombu import Connection

from aerosaga import target
from aerosaga.checks.finding import Finding, ok, problem, warning
from aerosaga.client import Client
from aerosaga.errors import Failed, NothingRuns, Refused
from aerosaga.timeline import tell
from aerosaga.wording import count
from common import clock
from common.codec import moment
from deploy import topology
from deploy.embedded import Embedded
from deploy.servers import Servers
from deploy.state import FILE
from deploy.ways import Status

# An event waits half a second for the relay; after this long nobody relays.
UNPUBLISHED_SECONDS = 10.0
# A reservation is final within seconds after its pay-by time.
STUCK_SECONDS = 60.0
# Commands and events are taken within milliseconds; so many at once mean that somebody does not keep up.
LONG_QUEUE = 10_000
LATEST = 10
ANSWER_SECONDS = 5


def examine_way(status: Status) -> Iterator[Finding]:
    """Tell how the processes and queues of a way are, or what a stopped one has left behind."""
    left = leftovers(status.run_dir)
    if not status.running:
        if left:
            pids = " ".join(map(str, left))
            yield problem("leftovers", f"processes of an earlier run live: {pids}", f"kill {pids}")
        elif (status.run_dir / FILE).exists():
            yield warning(
                "leftovers", f"{status.run_dir / FILE} is of a run that was killed", "the next start removes it"
            )
        else:
            yield ok("processes", "does not run, and has left nothing behind")
        return
    if status.state is None:
        yield warning("processes", "just starting or stopping", "wait, then look again")
        return
    down = [program for program in status.programs if program.state != "RUNNING"]
    for program in down:
        yield problem(program.name, program.state.lower(), f"the end of {program.log} says why")
    if not down:
        yield ok("processes", f"all {len(status.programs)} run, since {status.state.started_at}")
    yield from _queues(status)


def leftovers(run_dir: Path) -> list[int]:
    """Return the ids of processes whose command names this run directory."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue  # it has ended meanwhile, or is not ours to see
        if any(str(run_dir).encode() + b"/" in word for word in words):
            found.append(int(entry.name))
    return sorted(found)


def _queues(status: Status) -> Iterator[Finding]:
    count_them = _in_redis if status.way == "embedded" else _in_rabbitmq
    try:
        found = count_them(status.run_dir)
    except Exception as error:  # whatever the broker's client raises, it means the same
        yield problem("broker", f"does not answer, or lacks a queue: {error}", "see `bin/aerosaga status`")
        return
    idle = [name for name, (_, heard) in found.items() if not heard]
    long = [f"{name} ({waiting:,})" for name, (waiting, _) in found.items() if waiting > LONG_QUEUE]
    if idle:
        yield problem("queues", f"nobody takes messages from {', '.join(idle)}", "see `bin/aerosaga status`")
    if long:
        yield warning("queues", f"long: {', '.join(long)}", "wait for it to shrink, or see that process's log")
    if not idle and not long:
        total = sum(waiting for waiting, _ in found.values())
        yield ok("queues", f"{len(found)} are served, {count(total, 'message')} waiting")


def _in_rabbitmq(run_dir: Path) -> dict[str, tuple[int, bool]]:
    """Return for each queue how many messages wait, and whether somebody takes them."""
    with Connection(Servers(run_dir).urls.broker, connect_timeout=ANSWER_SECONDS) as connection:
        channel: Any = connection.default_channel
        declared = {name: channel.queue_declare(name, passive=True) for name in sorted(topology.queues())}
    return {name: (queue.message_count, queue.consumer_count > 0) for name, queue in declared.items()}


def _in_redis(run_dir: Path) -> dict[str, tuple[int, bool]]:
    """Return for each queue how many messages wait; Redis cannot tell who takes them."""
    with redis.Redis.from_url(Embedded(run_dir).urls.broker, socket_timeout=ANSWER_SECONDS) as store:
        return {name: (int(store.llen(name)), True) for name in sorted(topology.queues())}


def examine_services() -> Iterator[Finding]:
    """Tell how the services are, as anybody outside sees them."""
    try:
        client = Client(target.find())
    except NothingRuns as nothing:
        yield ok("services", nothing.format_message())
        return
    ready = True
    for service in topology.SERVICES:
        well, answer = client.ready(service)
        ready = ready and well
        errors = "; ".join(f"{name}: {text}" for name, text in answer.get("errors", {}).items())
        if well:
            yield ok(f"{service}_svc", f"ready; {', '.join(answer.get('checked', ()))} answer")
        else:
            yield problem(f"{service}_svc", f"{answer.get('detail')} {errors}".strip(), "see `bin/aerosaga status`")
    if ready:
        yield from _latest_reservations(client)


def _latest_reservations(client: Client) -> Iterator[Finding]:
    """Look at the latest reservations for events that nobody relays and sagas that do not end."""
    try:
        latest = client.latest_reservations(LATEST)
        stories = [tell(client, reservation["locator"]) for reservation in latest]
    except Refused as refusal:
        yield warning("reservations", refusal.format_message(), "only operators may look at them")
        return
    except Failed as trouble:
        yield problem("reservations", trouble.format_message())
        return
    now = clock.now()
    waiting = [
        event
        for story in stories
        for event in story.events
        if event.published_at is None and (now - event.at).total_seconds() > UNPUBLISHED_SECONDS
    ]
    for service in sorted({event.service for event in waiting}):
        kept = sum(1 for event in waiting if event.service == service)
        yield problem(
            "outbox",
            f"{service}_svc keeps {count(kept, 'event')} that should be out",
            f"see the logs of beat and {service}-sweeper",
        )
    stuck = [
        story.reservation["locator"]
        for story in stories
        if story.reservation["status"] == "pending"
        and (now - moment(story.reservation["payBy"])).total_seconds() > STUCK_SECONDS
    ]
    for locator in stuck:
        yield problem("reservations", f"{locator} should be final by now", f"see `bin/aerosaga timeline {locator}`")
    if not waiting and not stuck:
        what = f"the latest {len(stories)} are as they should be" if stories else "none yet"
        yield ok("reservations", f"{what}: nothing stuck, no event kept")
