"""
Every process of the running system, told to stop as `down` tells it, with work in hand.

All tables that work goes through are locked for a moment, so that every web has a request, every worker, sweeper and
consumer something to do, and the door somebody to answer, when the stop comes. What is stopped is started again for
the tests that follow.
"""

import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import Engine, text

from common import codec
from common.contracts.subscriptions import SERVICES
from deploy import topology
from deploy.programs import STOP_SECONDS
from deploy.readiness import wait_until_ready
from deploy.supervise import ProgramState, Supervisor
from deploy.supervisor_conf import DOOR, NEWS, OUTSIDE, PROCESSES, WEBS, WORKERS
from tests.stack import Json, Stack, read, wait

NAMES = [*(process.name for process in topology.processes("servers")), "nginx"]
#: What every use case, relay and consumer passes.
TABLES = ("journal", "outbox", "inbox")
# How long whoever was told to stop still has to wait for the tables.
LOCKED_SECONDS = 2.0


@dataclass(frozen=True, kw_only=True)
class Stopped:
    """
    What became of a stop: how each program ended, and how those were answered who had asked before it.

    `began_at` is the Unix time at which each group was told.
    """

    programs: Mapping[str, ProgramState]
    began_at: Mapping[str, float]
    booked: Json
    timelines: Mapping[str, httpx.Response]


@contextmanager
def all_locked(engines: Mapping[str, Engine]) -> Iterator[None]:
    """Let whoever works in any service's database wait while the block runs."""
    with ExitStack() as opened:
        connections = [opened.enter_context(engine.connect()) for engine in engines.values()]
        for connection in connections:
            connection.execute(text("LOCK TABLES " + ", ".join(f"`{table}` WRITE" for table in TABLES)))
        try:
            yield
        finally:
            for connection in connections:
                connection.execute(text("UNLOCK TABLES"))


def waiting(engine: Engine) -> list[str]:
    """Return the statements of a service's user that wait for a table."""
    held = text("SELECT info FROM information_schema.processlist WHERE state LIKE 'Waiting for table%'")
    with engine.connect() as connection:
        return [str(statement) for statement in connection.scalars(held)]


def everywhere(engines: Mapping[str, Engine], beginning: str) -> bool:
    """Return whether a statement that begins so waits in the database of every service."""
    return all(any(each.startswith(beginning) for each in waiting(engine)) for engine in engines.values())


@pytest.fixture(scope="module")
def stopped(stack: Stack, engines: Mapping[str, Engine]) -> Stopped:
    """The system after a stop of everything but the servers, and running again when the tests are over."""
    supervisor = Supervisor(Path(stack.state.run_dir))
    ready = {each.name: stack.urls[each.service] + each.ready for each in topology.processes("servers") if each.ready}
    wish = {
        "departures": [{"departureId": (departure := stack.departure()["departureId"]), "seats": ["?"]}],
        "passengers": [{"firstName": "Ada", "lastName": "Lovelace"}],
        "contact": {"email": "ada@example.org"},
        "payments": [{"kind": "card", "token": "tok_visa"}],
    }
    wish["departures"][0]["seats"] = stack.free_seats(departure)[:1]
    began_at: dict[str, float] = {}

    def tell(*groups: str) -> None:
        for group in groups:
            began_at[group] = time.time()
            supervisor.stop_group(group)

    try:
        with ThreadPoolExecutor(16) as pool:
            with all_locked(engines):
                timelines = {service: pool.submit(_timeline, stack, service) for service in SERVICES}
                booked = pool.submit(_book, stack.urls["gateway"], wish)
                wait(lambda: everywhere(engines, "SELECT journal"), what="every web to read a timeline", seconds=90)
                wait(lambda: _inserts(engines), what="booking_svc to write the reservation", seconds=90)
                tell(NEWS, DOOR, WEBS)
                time.sleep(LOCKED_SECONDS)
            ended = _wait_until_ended(supervisor, NEWS, DOOR, WEBS)
            answers = {service: timeline.result(timeout=60) for service, timeline in timelines.items()}
            reservation = read(booked.result(timeout=60), 202)
        with all_locked(engines):
            wait(lambda: everywhere(engines, "SELECT outbox"), what="every sweeper to publish", seconds=90)
            tell(WORKERS)
            time.sleep(LOCKED_SECONDS)
        ended |= _wait_until_ended(supervisor, WORKERS)
        tell(OUTSIDE)
        ended |= _wait_until_ended(supervisor, OUTSIDE)
    finally:  # whatever went wrong, the tests that follow want a system that runs
        for groups in (PROCESSES, (DOOR,)):
            for group in groups:
                supervisor.start_group(group)
            wait_until_ready(supervisor, groups=groups, urls=ready, progress=lambda _: None)
    return Stopped(programs=ended, began_at=began_at, booked=reservation, timelines=answers)


def _timeline(stack: Stack, service: str) -> httpx.Response:
    # A client of its own for each: they wait at the same time.
    headers = {"Authorization": f"Bearer {stack.operator_token}"}
    return httpx.get(f"{stack.urls[service]}/timeline/{uuid4()}", headers=headers, timeout=60, trust_env=False)


def _book(door: str, wish: Json) -> httpx.Response:
    headers = {"Content-Type": "application/json", "Idempotency-Key": str(uuid4())}
    return httpx.post(f"{door}/reservations", content=codec.dumps(wish), headers=headers, timeout=60, trust_env=False)


def _inserts(engines: Mapping[str, Engine]) -> bool:
    return any(each.startswith("INSERT") for each in waiting(engines["booking"]))


def _wait_until_ended(supervisor: Supervisor, *groups: str) -> dict[str, ProgramState]:
    """Wait until every program of these groups has ended; return how, by its name."""

    def ended() -> dict[str, ProgramState]:
        programs = [program for program in supervisor.states() if program.group in groups]
        over = all(program.state not in ("RUNNING", "STOPPING") for program in programs)
        return {program.name: program for program in programs} if over else {}

    return wait(ended, what=f"{groups} to end", seconds=2 * STOP_SECONDS)


class TestAStop:
    @pytest.mark.parametrize("name", NAMES)
    def test_ends_each_process_well_and_in_time(self, stopped, name):
        program = stopped.programs[name]

        assert (program.state, program.exit_status) == ("STOPPED", 0)
        assert program.ended_at - stopped.began_at[program.group] < STOP_SECONDS

    def test_forgets_no_process(self, stopped):
        assert set(stopped.programs) == set(NAMES)

    @pytest.mark.parametrize("service", SERVICES)
    def test_lets_a_web_answer_whom_it_has_let_in(self, stopped, service):
        assert stopped.timelines[service].status_code == 200
        assert stopped.timelines[service].json() == []

    def test_lets_the_door_answer_whom_it_has_let_in(self, stopped):
        assert stopped.booked["status"] == "pending"

    def test_leaves_nothing_half_done(self, stopped, stack):
        # Its saga's first command waited in its queue, or the sweep sent it.
        assert stack.follow(stopped.booked, seconds=90)["status"] == "confirmed"
        acts = stack.ledger(stack.payments(stopped.booked)[0]["authId"])
        assert acts.count("authorize") == 1
