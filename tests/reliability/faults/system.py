"""The system that fault runs are made on, and what a fault reaches of it: processes, servers, links."""

import os
import signal
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import Row, create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from common.contracts.subscriptions import SERVICES
from deploy import topology
from deploy.servers import Servers
from deploy.supervise import ProgramState, Supervisor
from tests.reliability.armory import Armory
from tests.reliability.faults.disks import Disks, NoDisks, small
from tests.reliability.faults.links import Links
from tests.reliability.rest import Rest
from tests.stack import Stack
from tests.stack import running as stack_running

HOLD_SECONDS = 15
UP_SECONDS = 180
# One machine's clients are no crowd to be kept out; sagas are looked after soon, so that runs can be short.
SETTINGS = {
    "AEROSAGA_RATE_LIMIT": "0",
    "AEROSAGA_CALLER_RATE_LIMIT": "0",
    "AEROSAGA_RESERVATION_RATE_LIMIT": "0",
    "AEROSAGA_GUESS_RATE_LIMIT": "0",
    "AEROSAGA_CONNECTION_LIMIT": "0",
    # Fifty who want the same seat are to meet at its row; with fewer places most were told to come again.
    "AEROSAGA_BOOKING_LANE": "64",
    "AEROSAGA_SAGA_PATIENCE_SECONDS": "3",
    "AEROSAGA_BANK_SLOW_SECONDS": "2",
}
#: Processes that may be struck: all of ours. Those of the sandbox stand for others, and Flower only watches.
OURS = tuple(
    process.name
    for process in topology.processes("servers")
    if process.service not in {"bank", "smtp", "mailbox", "flower"}
)
#: Those that take messages.
WORKERS = tuple(name for name in OURS if not name.endswith("-web") and name not in {"beat", "gateway-pages"})


class System:
    """
    A running system. `stack` asks the services themselves, `door` everything through the public door.

    `injected` counts the messages that were put in to be parked, `executions` how often each of them was carried out
    that may be carried out at all. `wrongs` are sentences: what a fault itself saw that must not be.
    """

    def __init__(self, stack: Stack, links: Links | None, armory: Armory) -> None:
        self.state = stack.state
        self.links = links
        self.run_dir = Path(stack.state.run_dir)
        self.stack = stack
        door = stack.urls["gateway"]
        self.door = Stack(replace(stack.state, urls=dict.fromkeys((*SERVICES, "gateway"), door)))
        self.servers = Servers(self.run_dir)
        self.rest = Rest(self.run_dir)
        self.armory = armory
        self.disks = Disks(self.run_dir)
        self.injected = 0
        self.executions: dict[str, int] = {}
        self.wrongs: list[str] = []
        self._supervisor = Supervisor(self.run_dir)
        self._locks: dict[str, threading.Lock] = defaultdict(threading.Lock)

    def close(self) -> None:
        """Close the connections that are its own."""
        self.rest.close()
        self.door.close()

    def program(self, name: str) -> ProgramState:
        """Return how a program is now."""
        return next(program for program in self._supervisor.states() if program.name == name)

    def signal(self, name: str, number: signal.Signals, *, group: bool = False) -> int | None:
        """Send a signal to a program, or to it with all its children; return its id, None if it does not run now."""
        pid = self.program(name).pid
        if pid is None:
            return None
        try:
            (os.killpg if group else os.kill)(pid, number)
        except ProcessLookupError:
            return None
        return pid

    def stop(self, name: str) -> None:
        """Stop a program cleanly; it stays stopped."""
        self._supervisor.stop_program(name)

    def start(self, name: str) -> None:
        """Start a program that was stopped."""
        self._supervisor.start_program(name)

    def rows(self, service: str, sql: str) -> list[Row[Any]]:
        """Ask a service's database, past the service and every proxy."""
        engine = create_engine(self.servers.urls.databases[service])
        try:
            with engine.connect() as connection:
                return list(connection.execute(text(sql)).all())
        finally:
            engine.dispose()

    def rows_when_it_answers(self, service: str, sql: str) -> list[Row[Any]]:
        """Ask as `rows` does; nothing is found while another fault keeps the database away."""
        try:
            return self.rows(service, sql)
        except SQLAlchemyError:
            return []

    @contextmanager
    def alone(self, target: str) -> Iterator[None]:
        """Let one fault at a time be done to a target that bears only one."""
        with self._locks[target]:
            yield

    def heal(self) -> None:
        """Take back every fault, whether its own end did or not."""
        if self.links:
            self.links.heal()
        self.disks.heal()
        for program in self._supervisor.states():
            if program.pid is not None:
                self.signal(program.name, signal.SIGCONT, group=True)
            elif program.state in {"STOPPED", "EXITED", "FATAL"}:
                self.start(program.name)

    def wait_until_up(self, seconds: float = UP_SECONDS) -> list[str]:
        """Wait until every program runs and every service says that it is ready; return what does not by then."""
        end = time.monotonic() + seconds
        while True:
            states = self._supervisor.states()
            missing = [program.name for program in states if program.state != "RUNNING"]
            missing = missing or [service for service in SERVICES if not self._is_ready(service)]
            if (states and not missing) or time.monotonic() > end:
                return missing
            time.sleep(0.5)

    def _is_ready(self, service: str) -> bool:
        try:
            return self.stack.ask("GET", service, "/readyz", timeout=10).status_code == 200
        except httpx.TransportError:
            return False


@contextmanager
def running(
    run_dir: Path,
    *,
    say: Callable[[str], None],
    through_proxies: bool = True,
    small_disks: bool = False,
    hold_seconds: int = HOLD_SECONDS,
) -> Iterator[System]:
    """
    Start the whole system on servers of its own, with some days of departures on sale.

    With `small_disks` their data is on disks that can be full, if this machine lets us have any.
    """
    for name, value in SETTINGS.items():
        os.environ.setdefault(name, value)
    run_dir.mkdir(parents=True, exist_ok=True)
    with ExitStack() as afterwards:
        if small_disks:
            try:
                afterwards.enter_context(small(run_dir))
            except NoDisks as reason:
                say(f"no disk can be full in this run: {reason}")
        links = Links() if through_proxies else None
        if links:
            afterwards.callback(links.close)
        armory = Armory(run_dir / "armory")
        afterwards.callback(armory.close)
        stack = afterwards.enter_context(
            stack_running(
                "servers",
                run_dir,
                hold_seconds=hold_seconds,
                crash_points=armory.place,
                detour=links.detour if links else None,
                progress=say,
            )
        )
        system = System(stack, links, armory)
        afterwards.callback(system.close)
        yield system
