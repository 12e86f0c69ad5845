"""The commands that start, stop and look after the system: demo, up, down, status, doctor."""

from __future__ import annotations

import subprocess
import time
from typing import get_args

import click
from rich.text import Text

from aerosaga import console, loading, status_view, tables, target, timetable
from aerosaga import demo as demonstration
from aerosaga.checks.finding import Level
from aerosaga.client import Client
from aerosaga.commands.options import tomorrow
from aerosaga.commands.timetables import DAYS, summary
from aerosaga.errors import Failed
from common import clock
from deploy import topology, ways
from deploy.programs import ROOT
from deploy.ways import LocalWay


@click.command(short_help="See it all on nothing but Python packages.")
@click.option("--once", is_flag=True, help="End by itself; exit status 0 only if every scene ended as it should.")
@click.option("--days", type=click.IntRange(1, 28), default=3, show_default=True, help="How many days to put on sale.")
def demo(once: bool, days: int) -> None:
    """Book real flights before your eyes, on nothing but Python packages; Ctrl-C ends it."""
    # Its data of an earlier run is kept, and with it how far its clock was moved.
    clock.follow(target.run_dir("embedded"))
    try:
        demonstration.play(day=tomorrow(), days=days, once=once)
    except KeyboardInterrupt:
        raise Failed("Stopped before the demo was over.") from None


@click.command(short_help="Start it on private MariaDB, RabbitMQ and Redis.")
@click.option("--load/--no-load", default=True, help="Put the coming four weeks on sale if they are not; the default.")
def up(load: bool) -> None:
    """Start everything on private MariaDB, RabbitMQ and Redis servers; it runs until `down`."""
    notes = console.notes()
    # Quick if there is nothing to install.
    if subprocess.run([str(ROOT / "deploy" / "bootstrap.sh"), "servers"], check=False).returncode != 0:
        raise Failed("What the servers way needs could not be installed; see above. `make demo` needs none of it.")
    began = time.monotonic()
    with console.working(notes, "Starting MariaDB, RabbitMQ, Redis, the services and nginx") as say:
        state = ways.up("servers", run_dir=target.run_dir("servers"), progress=say)
    notes.print(f"Everything runs ({time.monotonic() - began:.1f} s).")
    if load:
        schedule = list(timetable.slice_days(start=tomorrow(), days=DAYS))
        total = sum(len(rows) for _, rows in schedule)
        loaded = loading.load(Client(target.find(way="servers")), schedule, total=total, console=notes)
        notes.print(summary(loaded))
    out = console.results()
    rows = {"book a flight": f"{state.urls['gateway']}/", "the API": f"{state.urls['gateway']}/docs"}
    rows |= {f"{service}_svc": f"{state.urls[service]}/docs" for service in topology.SERVICES}
    if "flower" in state.urls:
        secrets = f"{state.run_dir}/state.json"
        rows["Flower"] = f"{state.urls['flower']}  (user {state.flower_user}, password: flower_password in {secrets})"
    rows |= {
        "the bank's ledger": f"{state.urls['bank']}/ledger",
        "the mailbox": state.urls["mailbox"],
        "logs": state.log_dir,
    }
    out.print(tables.facts(rows))
    out.print(Text("Try `bin/aerosaga search JFK LAX`; stop it with `bin/aerosaga down`."))


@click.command(short_help="Stop what `up` started; the data stays.")
@click.option(
    "--way", type=click.Choice(get_args(LocalWay)), default="servers", show_default=True, help="Which one to stop."
)
def down(way: LocalWay) -> None:
    """Stop what `up` started; the data stays."""
    with console.working(console.notes(), f"Stopping the {way} way"):
        ran = ways.down(way, target.run_dir(way))
    console.results().print(
        f"The {way} way is stopped; its data stays in {target.run_dir(way)}." if ran else f"The {way} way did not run."
    )


@click.command(short_help="Show every process and whether it is well.")
def status() -> None:
    """Show every process of what runs here; exit status 1 if one is down, or if nothing runs."""
    out = console.results()
    found = [ways.status(way, target.run_dir(way)) for way in get_args(LocalWay)]
    healthy = [status_view.show(out, each) for each in found]
    if not any(each.running for each in found):
        raise Failed(f"Nothing runs. {target.HOW_TO_START}")
    if not all(healthy):
        raise Failed("Something is down. `bin/aerosaga doctor` says more.")


@click.command(short_help="Say what is wrong and what to do.")
def doctor() -> None:
    """Check what is needed and what runs, and say what is wrong and what to do; exit status 1 if something is."""
    # Here, because no other command needs the brokers' clients.
    from aerosaga import doctor as surgery

    out = console.results()
    worst = surgery.examine(out)
    if worst is Level.PROBLEM:
        raise Failed("There is a problem; the lines above say what to do.")
