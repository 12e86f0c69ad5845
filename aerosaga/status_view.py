"""Shows the processes of one way: state, uptime, and whether those that serve HTTP are ready."""

from __future__ import annotations

from datetime import timedelta

from rich.console import Console
from rich.table import Table
from rich.text import Text

from deploy import topology
from deploy.asking import ask
from deploy.supervise import ProgramState
from deploy.supervisor_conf import DOOR
from deploy.ways import Status

_STATE_STYLES = {"RUNNING": "green", "STARTING": "yellow", "STOPPING": "yellow", "STOPPED": "yellow"}


def show(out: Console, status: Status) -> bool:
    """Print how a way is; return whether nothing of it is down (a way that does not run is not down)."""
    if not status.running:
        out.print(f"[bold]{status.way}[/]: does not run")
        return True
    since = f"since {status.state.started_at}" if status.state else "is just starting or stopping"
    out.print(f"[bold]{status.way}[/]: runs {since}, in {status.run_dir}")
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("process", "state", "uptime", "pid", "health"):
        table.add_column(title, no_wrap=title != "health")
    ready = {process.name: process.ready for process in topology.processes(status.way)}
    healthy = bool(status.programs)
    for program in sorted(status.programs, key=lambda each: (each.group != "servers", each.name)):
        health, well = _health(program, status, ready.get(program.name))
        healthy = healthy and well
        table.add_row(
            Text(program.name),
            Text(program.state.lower(), style=_STATE_STYLES.get(program.state, "red")),
            uptime(program.uptime_seconds),
            str(program.pid or ""),
            Text(health, style="green" if well else "red"),
        )
    out.print(table)
    return healthy


def uptime(seconds: int | None) -> str:
    """Return how long a process runs, as 1:02:03."""
    return "" if seconds is None else str(timedelta(seconds=seconds))


def _health(program: ProgramState, status: Status, path: str | None) -> tuple[str, bool]:
    if program.state != "RUNNING":
        return f"see {program.log}", False
    process = next((each for each in topology.processes(status.way) if each.name == program.name), None)
    if status.state is None:
        return "", True
    if program.group == DOOR:
        path, service = "/healthz", "gateway"
    elif path is not None and process is not None:
        service = process.service
    else:
        return "", True
    url = status.state.urls[service]
    answer = ask(url + path)
    if answer.ok:
        return f"ready at {url}", True
    return f"not ready: {answer.text[:200]}", False
