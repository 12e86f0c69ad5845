"""Who does what: each worker has its own service's tasks only, a killed process comes back, and readiness is honest."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from celery import Celery

import celeryconfig
from common.contracts import booking, payment
from deploy import ports, topology
from deploy.servers import Servers
from deploy.supervise import ProgramState, Supervisor
from tests.e2e.money import wait_for_ledgers
from tests.stack import Json, Stack, read, wait
from tests.surroundings import outside

ROOT = Path(__file__).resolve().parents[2]
# Nobody listens on it: a port that may be bound to, and is not.
NOWHERE = "127.0.0.1:1"


@pytest.fixture(scope="module")
def registered(backing: Servers) -> dict[str, set[str]]:
    """The tasks each running Celery worker has registered, by its name without the host."""
    with Celery(broker=backing.urls.broker) as app:
        app.conf.accept_content = celeryconfig.accept_content
        answers = wait(lambda: app.control.inspect(timeout=3).registered(), what="the workers to answer")
    return {name.partition("@")[0]: {task.split()[0] for task in tasks} for name, tasks in answers.items()}


class TestTheWorkers:
    def test_of_booking_and_payment_have_none_of_each_others_tasks(self, registered):
        for node, tasks in registered.items():
            service = node.partition("-")[0]
            others = {task for task in tasks if not task.startswith((f"{service}_svc.", "celery."))}

            assert not others, f"{node} has tasks of others"

    def test_have_every_command_of_their_own_service(self, registered):
        assert registered["booking-worker"] >= {
            booking.ReservationConfirmRequested.task,
            booking.SeatsReleaseRequested.task,
            "booking_svc.rewind_saga",
        }
        assert registered["payment-worker"] >= {
            payment.PaymentAuthorizeRequested.task,
            payment.PaymentVoidRequested.task,
        }

    def test_are_as_many_as_the_topology_has(self, registered):
        nodes = {process.name for process in topology.PROCESSES if process.node not in {None, "celerybeat"}}

        assert set(registered) == nodes


class TestAKilledProcess:
    def test_that_hears_payments_comes_back_and_captures_what_was_confirmed_meanwhile(self, stack):
        before = _kill(stack, "payment-consumer")

        reservation = stack.follow(stack.book())

        assert reservation["status"] == "confirmed"
        _wait_for_another(stack, before)
        wait_for_ledgers(stack, reservation, ["authorize", "capture"], seconds=40)

    def test_that_hears_flights_comes_back_and_sells_what_was_scheduled_meanwhile(self, stack):
        before = _kill(stack, "booking-consumer")
        day = datetime.now(UTC).date() + timedelta(days=200)

        departure = _schedule_one(stack, day.isoformat())

        _wait_for_another(stack, before)
        path = f"/departures/{departure['departureId']}/seats"
        stack.wait(lambda: stack.ask("GET", "booking", path).status_code == 200, what="the seats to be on sale")

    def test_that_carries_out_commands_comes_back_and_ends_what_was_begun(self, stack):
        pending = [stack.book(payments=[{"kind": "card", "token": "tok_slow"}]) for _ in range(3)]

        before = _kill(stack, "payment-worker")

        _wait_for_another(stack, before)
        for reservation in pending:
            assert stack.follow(reservation, seconds=60)["status"] == "confirmed"
            wait_for_ledgers(stack, reservation, ["authorize", "capture"], seconds=40)


class TestReadiness:
    @pytest.mark.parametrize("service", ["airline", "flight", "booking", "payment"])
    def test_of_a_service_tells_what_was_asked(self, stack, service):
        ready = read(stack.ask("GET", service, "/readyz"))

        assert ready["status"] == "ready"
        assert {"database", "broker"} <= set(ready["checked"])
        assert read(stack.ask("GET", service, "/healthz")) == {"status": "alive"}

    def test_names_what_is_down_and_keeps_passwords_to_itself(self, backing):
        good = {
            "AEROSAGA_BOOKING_DATABASE_URL": backing.urls.databases["booking"],
            "AEROSAGA_BROKER_URL": backing.urls.broker,
            "AEROSAGA_RESULT_URL": backing.urls.result,
        }
        bad = {
            "database": {"AEROSAGA_BOOKING_DATABASE_URL": f"mysql+mysqldb://ada:pass-word@{NOWHERE}/aerosaga_booking"},
            "broker": {"AEROSAGA_BROKER_URL": f"amqp://ada:pass-word@{NOWHERE}/aerosaga"},
            "results": {"AEROSAGA_RESULT_URL": f"redis://:pass-word@{NOWHERE}/0"},
        }
        with _webs([good | wrong for wrong in bad.values()]) as urls:
            for name, url in zip(bad, urls, strict=True):
                answer = httpx.get(f"{url}/readyz", timeout=15, trust_env=False)

                problem = read(answer, 503)
                assert answer.headers["Content-Type"] == "application/problem+json"
                assert (problem["code"], list(problem["errors"])) == ("not_ready", [name])
                assert name in problem["detail"]
                assert "pass-word" not in answer.text
                assert httpx.get(f"{url}/healthz", timeout=5, trust_env=False).status_code == 200


def _program(stack: Stack, name: str) -> ProgramState:
    states = Supervisor(Path(stack.state.run_dir)).states()
    return next(program for program in states if program.name == name)


def _kill(stack: Stack, name: str) -> ProgramState:
    """End one process of the system at once, as running out of memory would; return how it was before."""
    program = _program(stack, name)
    assert program.pid is not None
    os.kill(program.pid, signal.SIGKILL)
    return program


def _wait_for_another(stack: Stack, before: ProgramState) -> None:
    def another() -> bool:
        program = _program(stack, before.name)
        return program.state == "RUNNING" and program.pid != before.pid

    stack.wait(another, what=f"{before.name} to be started again", seconds=30)


def _schedule_one(stack: Stack, day: str) -> Json:
    row = {
        "airline": "AA",
        "flightNumber": 4712,
        "origin": "JFK",
        "destination": "LAX",
        "departs": "08:30",
        "arrives": "11:45",
        "aircraft": "Boeing 737-800",
        "seats": 172,
        "distanceKm": 3983,
    }
    stack.operate("PUT", "flight", f"/schedule/{day}", [row])
    (found,) = read(
        stack.ask("GET", "flight", "/departures", params={"from": "JFK", "to": "LAX", "date": day}),
    )
    return found


@contextmanager
def _webs(environments: list[dict[str, str]]) -> Iterator[list[str]]:
    """Run booking_svc's web process once in each of these environments, and yield their URLs."""
    chosen: list[int] = []
    for _ in environments:
        chosen.append(ports.near(28601, taken=chosen))
    command = [sys.executable, "-m", "gunicorn", "booking_svc.app:web()", "--worker-class", "gthread", "--threads", "4"]
    started = [
        subprocess.Popen(
            [*command, "--no-control-socket", "--bind", f"127.0.0.1:{port}"],
            cwd=ROOT,
            env=outside() | environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for port, environment in zip(chosen, environments, strict=True)
    ]
    try:
        urls = [f"http://127.0.0.1:{port}" for port in chosen]
        for url in urls:
            wait(lambda url=url: _lives(url), what=f"a web process at {url}", seconds=40)
        yield urls
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait(timeout=20)


def _lives(url: str) -> bool:
    try:
        return httpx.get(f"{url}/healthz", timeout=5, trust_env=False).status_code == 200
    except httpx.TransportError:
        return False
