"""Starts, stops and shows the two ways to run on this machine: embedded, and servers."""

from __future__ import annotations

import fcntl
import subprocess
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from deploy import detours, environment, ports, private_file, state, topology, turns
from deploy.detours import Detour
from deploy.embedded import Embedded
from deploy.errors import CannotStart, tail
from deploy.nginx import Nginx
from deploy.programs import ROOT, door_program, process_program, python_command, server_program
from deploy.readiness import wait_until_ready
from deploy.servers import Servers, wait_ready
from deploy.state import State
from deploy.supervise import ProgramState, Supervisor
from deploy.supervisor_conf import DOOR, PROCESSES

Progress = Callable[[str], None]
LocalWay = Literal["embedded", "servers"]


HOLD_SECONDS = 900
MIGRATION_SECONDS = 300


@dataclass(frozen=True, kw_only=True)
class Status:
    """What runs of a way. `state` is None if nothing was started, or if the start has not ended yet."""

    way: LocalWay
    run_dir: Path
    running: bool
    state: State | None
    programs: Sequence[ProgramState]


def default_run_dir(way: LocalWay) -> Path:
    """Return where a way keeps its data, logs and secrets unless told otherwise."""
    return ROOT / ".run" / way


def up(
    way: LocalWay,
    *,
    run_dir: Path | None = None,
    hold_seconds: int = HOLD_SECONDS,
    foreground: bool = False,
    crash_points: Path | None = None,
    detour: Detour | None = None,
    failure_switches: bool = False,
    progress: Progress = lambda _: None,
) -> State:
    """
    Start everything of a way, wait until it is ready, and return where it is; if it runs already, just return that.

    With `foreground` everything stops when the calling thread ends, even by kill -9; otherwise it runs until
    `down`. Data of an earlier run is kept and used.

    `failure_switches` is for demonstrations and tests: chosen steps may be made to fail (common/failures). Two are for
    tests alone: `crash_points` is the directory whose files say which process dies where (common/crash.py), and
    `detour` leads every connection between processes, and to the servers, by way of somebody in between.

    :raises CannotStart: if something does not start; nothing is left running then
    """
    run_dir = private_file.make_directory(run_dir or default_run_dir(way)).resolve()
    with _locked(run_dir), turns.turn(progress) as turn:
        supervisor = Supervisor(run_dir)
        known = state.read(run_dir)
        if supervisor.pid is not None and known is not None:
            progress(f"{way} runs already, since {known.started_at}")
            return known
        if supervisor.pid is not None:
            progress("an earlier start did not end; stopping what it left")
            supervisor.stop()
        state.remove(run_dir)
        try:
            started = _start(
                way,
                run_dir=run_dir,
                supervisor=supervisor,
                others=turn.ports_of_others(),
                hold_seconds=hold_seconds,
                foreground=foreground,
                crash_points=crash_points,
                detour=detour,
                failure_switches=failure_switches,
                progress=progress,
            )
        except BaseException:
            supervisor.stop()
            raise
        state.write(run_dir, started)
        turn.note(run_dir)
        return started


def down(way: LocalWay, run_dir: Path | None = None) -> bool:
    """Stop everything of a way and return whether anything ran. Its data stays."""
    run_dir = (run_dir or default_run_dir(way)).resolve()
    if not run_dir.exists():
        return False
    with _locked(run_dir):
        ran = Supervisor(run_dir).stop()
        state.remove(run_dir)
        return ran


def status(way: LocalWay, run_dir: Path | None = None) -> Status:
    """Return what runs of a way, without waiting for anything."""
    run_dir = (run_dir or default_run_dir(way)).resolve()
    supervisor = Supervisor(run_dir)
    running = supervisor.pid is not None
    return Status(
        way=way,
        run_dir=run_dir,
        running=running,
        state=state.read(run_dir) if running else None,
        programs=supervisor.states(),
    )


def _start(
    way: LocalWay,
    *,
    run_dir: Path,
    supervisor: Supervisor,
    others: Collection[int],
    hold_seconds: int,
    foreground: bool,
    crash_points: Path | None,
    detour: Detour | None,
    failure_switches: bool,
    progress: Progress,
) -> State:
    backing = Embedded(run_dir) if way == "embedded" else Servers(run_dir)
    http_ports = _choose_http_ports(way, others, progress)
    data_dir = private_file.make_directory(run_dir / "data")
    secrets = private_file.remembered_secrets(run_dir / "secrets.env", environment.SECRETS)
    settings = environment.settings(
        way,
        urls=backing.urls,
        secrets=secrets,
        http_ports=http_ports,
        data_dir=data_dir,
        hold_seconds=hold_seconds,
        crash_points=crash_points,
        failure_switches=failure_switches,
    )
    if detour:
        settings = detours.settings_by(detour, settings)
    urls = {service: f"{topology.scheme(service)}://{ports.LOOPBACK}:{port}" for service, port in http_ports.items()}
    processes = topology.processes(way)
    behind = detours.urls_by(detour, urls) if detour else urls
    doors = []
    if way in topology.WITH_NGINX:
        doors = [Nginx(run_dir / "nginx", port=http_ports["gateway"], urls=behind, failure_switches=failure_switches)]
    for door in doors:
        urls["gateway"] = door.url
    for server in (*backing.everyone, *doors):
        server.prepare()
    supervisor.start(
        [
            *(server_program(server) for server in backing.everyone),
            *(
                process_program(
                    process, way=way, settings=settings, data_dir=data_dir, port=http_ports.get(process.service)
                )
                for process in processes
            ),
            *(door_program(door) for door in doors),
        ],
        environment=environment.only((), settings),
        tether=foreground,
    )

    def alive(name: str) -> bool:
        # Supervisord answers a moment after its start; until then its own life is all there is to know.
        dead = {program.name for program in supervisor.states() if program.state in ("BACKOFF", "FATAL")}
        return supervisor.pid is not None and name not in dead

    # Tables are made while RabbitMQ, which takes longest, still boots.
    wait_ready(backing.database_servers, log_dir=supervisor.log_dir, alive=alive, progress=progress)
    backing.create_databases()
    _migrate(settings, log=supervisor.log_dir / "migrate.log", progress=progress)
    remaining = [server for server in backing.everyone if server not in backing.database_servers]
    wait_ready(remaining, log_dir=supervisor.log_dir, alive=alive, progress=progress)

    answer_at = {process.name: urls[process.service] + process.ready for process in processes if process.ready}
    for group in PROCESSES:
        supervisor.start_group(group)
    wait_until_ready(supervisor, groups=PROCESSES, urls=answer_at, progress=progress)
    supervisor.start_group(DOOR)
    if doors:
        wait_ready(doors, log_dir=supervisor.log_dir, alive=alive, progress=progress)
    else:
        wait_until_ready(supervisor, groups=(DOOR,), urls=answer_at, progress=progress)
    with_flower = "flower" in urls
    return State(
        way=way,
        started_at=datetime.now(UTC).isoformat(timespec="seconds"),
        supervisor_pid=supervisor.pid or 0,
        supervisor_socket=str(supervisor.socket),
        run_dir=str(run_dir),
        log_dir=str(supervisor.log_dir),
        urls=urls,
        operator_token=secrets["AEROSAGA_OPERATOR_TOKEN"],
        hold_seconds=hold_seconds,
        foreground=foreground,
        server_ports=backing.ports,
        failure_switches=failure_switches,
        flower_user=environment.FLOWER_USER if with_flower else None,
        flower_password=secrets["AEROSAGA_FLOWER_PASSWORD"] if with_flower else None,
    )


def _choose_http_ports(way: LocalWay, others: Collection[int], progress: Progress) -> dict[str, int]:
    chosen: dict[str, int] = {}
    served = [process.service for process in topology.processes(way) if process.has_port]
    for service in [*served, *(["gateway"] if way in topology.WITH_NGINX else [])]:
        preferred = topology.PREFERRED_PORTS[service]
        chosen[service] = ports.near(preferred, taken={*others, *chosen.values()})
        if chosen[service] != preferred:
            progress(f"port {preferred} is busy; {service} is at {chosen[service]}")
    return chosen


def _migrate(settings: Mapping[str, str], *, log: Path, progress: Progress) -> None:
    with log.open("w") as output:
        try:
            done = subprocess.run(
                python_command(topology.MIGRATE),
                env=environment.only(topology.MIGRATE_ENVIRONMENT, settings),
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                timeout=MIGRATION_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise CannotStart(f"The migrations did not end within {MIGRATION_SECONDS} s.\n{tail(log)}") from None
    if done.returncode != 0:
        raise CannotStart(f"The migrations failed (exit status {done.returncode}).\n{tail(log)}")
    progress("tables are up to date")


@contextmanager
def _locked(run_dir: Path) -> Iterator[None]:
    """Let one start or stop at a time at a run directory; the kernel lets go if its process dies."""
    with (run_dir / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CannotStart(
                f"Another start or stop of {run_dir} is at work. Wait for it, and look with `aerosaga status`."
            ) from None
        yield
