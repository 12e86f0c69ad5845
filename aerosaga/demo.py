"""The demo: starts the embedded way, plays the scenes, and leaves the services running until Ctrl-C."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from rich.console import Console
from rich.panel import Panel
from rich.text import Text

from aerosaga import console as terminal
from aerosaga import demo_operator, loading, tables, target, timetable
from aerosaga.client import Client
from aerosaga.errors import Failed
from aerosaga.scenes import SCENES, NotAsItShould, Stage
from aerosaga.wording import count
from deploy import topology, ways
from deploy.state import State

# Long enough to be paid by hand, short enough to be watched while it expires.
HOLD_SECONDS = 20
WATCH_SECONDS = 1.0

_BANNER = """\
The [b]embedded[/] way: {processes} processes of this machine, made of nothing but Python packages. The code is
the same as in the other ways; what this one does [b]not[/] promise:
  * Redis carries the messages. A power cut can lose those of the last second.
  * SQLite keeps the data: a file for each service, one writer at a time. It is right, not fast.
  * Services are kept apart by code only: no database user of its own for each.
`make up` runs the same on MariaDB and RabbitMQ, which do promise that."""


def play(*, day: date, days: int, once: bool) -> None:
    """
    Start the embedded way, load `days` from `day` on, play the scenes, then wait for Ctrl-C unless `once`.

    Whatever happens, nothing is left running.

    :raises Failed: if the way does not start, or a scene did not end as it should
    """
    out = terminal.results()
    run_dir = target.run_dir("embedded")
    _refuse_second(out)
    with _stopped_like_by_ctrl_c():
        try:
            state = _start(out)
            client = Client(target.find(way="embedded"))
            stage = Stage(client=client, out=out, day=day)
            _load(client, out, day=day, days=days)
            complaints = play_scenes(stage)
            _sum_up(out, state, stage, complaints, demo_operator.appoint(client, run_dir))
            if once and complaints:
                raise Failed(f"{count(len(complaints), 'scene')} did not end as it should; see above.")
            if not once:
                _wait(out)
        finally:
            with terminal.working(out, "Stopping everything"):
                ways.down("embedded", run_dir)
            out.print("Nothing is left running. The data is kept, so the next demo starts sooner.")


def _refuse_second(out: Console) -> None:
    """Wait for an earlier demo that is just stopping; refuse to disturb one that runs."""
    status = ways.status("embedded", target.run_dir("embedded"))
    if status.running and all(program.state not in ("RUNNING", "STARTING") for program in status.programs):
        with terminal.working(out, "An earlier demo is still stopping"):
            while ways.status("embedded", target.run_dir("embedded")).running:
                time.sleep(WATCH_SECONDS)
    elif status.state:
        raise Failed(
            f"A demo runs already, since {status.state.started_at}: use it with `bin/aerosaga search JFK LAX`, "
            "or stop it with Ctrl-C in its terminal or `bin/aerosaga down --way embedded`."
        )


@contextmanager
def _stopped_like_by_ctrl_c() -> Iterator[None]:
    """Let SIGTERM and a closed terminal stop the demo as Ctrl-C does: cleanly."""
    ours = (signal.SIGTERM, signal.SIGHUP)
    before = [signal.signal(signum, signal.default_int_handler) for signum in ours]
    try:
        yield
    finally:
        for signum, handler in zip(ours, before, strict=True):
            signal.signal(signum, handler)


def _start(out: Console) -> State:
    processes = len(topology.processes("embedded"))
    out.print(Panel(_BANNER.format(processes=processes), title="Aerosaga demo", title_align="left", padding=(0, 1)))
    began = time.monotonic()
    ready = 0
    with terminal.working(out, f"Starting {processes} processes") as say:

        def progress(text: str) -> None:
            nonlocal ready
            ready += " is ready" in text
            say(f"{ready} of {processes + 1}: {text}" if " is ready" in text else text)

        state = ways.up(
            "embedded",
            run_dir=target.run_dir("embedded"),
            hold_seconds=HOLD_SECONDS,
            foreground=True,
            failure_switches=True,
            progress=progress,
        )
    out.print(f"Started {processes} processes and Redis in {time.monotonic() - began:.1f} s.")
    return state


def _load(client: Client, out: Console, *, day: date, days: int) -> None:
    schedule = list(timetable.slice_days(start=day, days=days))
    loaded = loading.load(client, schedule, total=sum(len(rows) for _, rows in schedule), console=out)
    out.print(
        f"On sale: {loaded.created + loaded.unchanged:,} real departures of {count(loaded.days, 'day')} "
        f"({loaded.created:,} new), {loaded.airlines} airlines, {loaded.airports:,} airports, "
        f"in {loaded.total_seconds:.1f} s."
    )


def play_scenes(stage: Stage) -> dict[str, str]:
    """Play every scene, also after one went wrong; return what went wrong, by title."""
    complaints: dict[str, str] = {}
    for number, scene in enumerate(SCENES, start=1):
        stage.out.print()
        stage.out.rule(f"[bold]{number} of {len(SCENES)}: {scene.title}[/]", align="left")
        stage.out.print(Text(scene.explanation, style="italic"))
        stage.out.print()
        try:
            scene.play(stage)
        except (NotAsItShould, Failed) as trouble:
            complaints[scene.title] = trouble.format_message() if isinstance(trouble, Failed) else str(trouble)
            stage.out.print(Text(f"This is not as it should be: {complaints[scene.title]}", style="bold red"))
    return complaints


def _sum_up(
    out: Console, state: State, stage: Stage, complaints: dict[str, str], operator: demo_operator.Login
) -> None:
    out.print()
    out.rule("[bold]What you saw[/]", align="left")
    for scene in SCENES:
        wrong = complaints.get(scene.title)
        out.print(Text(f"  not as it should be  {scene.title}: {wrong}" if wrong else f"  ok  {scene.title}"))
    out.print()
    services = {f"{name}_svc": f"{state.urls[name]}/docs" for name in topology.SERVICES}
    door = state.urls["gateway"]
    pages = {
        "book a flight": f"{door}/",
        "the operator's console": f"{door}/ops  ({operator.email}, password {operator.password})",
        "the API": f"{door}/docs",
    }
    out.print(
        tables.facts(
            {
                **pages,
                **services,
                "the bank's ledger": f"{state.urls['bank']}/ledger",
                "the mailbox": state.urls["mailbox"],
                "logs": state.log_dir,
            }
        )
    )
    if stage.confirmed:
        tries = {
            "look for a flight": "bin/aerosaga search JFK SFO",
            "draw its seats": f"bin/aerosaga seats {stage.departure_id}",
            "book one": f'bin/aerosaga book {stage.departure_id} {stage.free_seats(1)[0]} --passenger "Ada Lovelace" '
            "--card tok_visa",
            "see what happened": f"bin/aerosaga timeline {stage.confirmed}",
            "load four weeks": "bin/aerosaga load-timetable",
            "the real servers": "make up",
        }
        out.print()
        out.print(tables.facts(tries))
    out.print()


def _wait(out: Console) -> None:
    out.print("[bold]All of it goes on running until you press Ctrl-C.[/] In another terminal, try the lines above.")
    try:
        while ways.status("embedded", target.run_dir("embedded")).running:
            time.sleep(WATCH_SECONDS)
    except KeyboardInterrupt:
        out.print()
        return
    out.print("Somebody else has stopped it.")
