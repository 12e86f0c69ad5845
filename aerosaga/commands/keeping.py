"""The commands that keep data: backup, restore, reconcile."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import click

from aerosaga import backups, console, restoring, restoring_view
from aerosaga.client import Client
from aerosaga.commands.options import client, way_option
from aerosaga.commands.parked import MomentType
from aerosaga.errors import Failed
from deploy.errors import CannotStart
from deploy.state import State
from deploy.topology import SERVICES

_SERVICE = click.argument("service", type=click.Choice(SERVICES), metavar="SERVICE")
_REPORT = click.option(
    "--report", type=click.Path(dir_okay=False, path_type=Path), help="Also write every difference here, as JSON."
)


@click.command(short_help="Copy every service's database into a folder.")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@way_option
def backup(folder: Path, way: str | None) -> None:
    """Copy every service's database into FOLDER, each as it is at one moment; nothing is stopped or held up."""
    _, state = _running(way)
    with console.working(console.notes(), f"Copying {len(SERVICES)} databases") as say:
        try:
            made = backups.make(state, folder, progress=say)
        except CannotStart as trouble:
            raise Failed(str(trouble)) from trouble
    console.results().print(restoring_view.backup(made))


@click.command(short_help="Put one service back to a backup, and reconcile it.")
@_SERVICE
@click.option(
    "--from",
    "folder",
    required=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A folder that `backup` made.",
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@_REPORT
@way_option
def restore(service: str, folder: Path, yes: bool, report: Path | None, way: str | None) -> None:
    """Put SERVICE back to a backup while its processes are stopped, and bring it to what its neighbours know.

    SERVICE is booking for booking_svc, and so on. Every difference is listed: what was healed, and what a person
    must do.
    """
    services, state = _running(way)
    kept = backups.read(folder)
    if not yes:
        click.confirm(f"Stop {service}_svc and put its database back to {kept.copies[service].began_at}?", abort=True)
    with console.working(console.notes(), f"Restoring {service}_svc") as say:
        try:
            done = restoring.restore(services, state, service=service, backup=kept, progress=say)
        except CannotStart as trouble:
            raise Failed(str(trouble)) from trouble
    tell(done, report)


@click.command(short_help="Hold a restored service against its neighbours again.")
@_SERVICE
@click.option("--since", required=True, type=MomentType(), help="When the backup was made: a time (UTC), or 2h, 3d.")
@_REPORT
@way_option
def reconcile(service: str, since: datetime, report: Path | None, way: str | None) -> None:
    """Bring SERVICE to what its neighbours know since a moment; its processes are stopped meanwhile.

    SERVICE is booking for booking_svc, and so on.
    """
    services, state = _running(way)
    with console.working(console.notes(), f"Reconciling {service}_svc") as say:
        done = restoring.reconcile(services, state, service=service, since=since, progress=say)
    tell(done, report)


def _running(way: str | None) -> tuple[Client, State]:
    services = client(way)
    if services.target.state is None:
        raise Failed("Backups are made and restored on the machine where it runs. In containers, see the how-to page.")
    return services, services.target.state


def tell(done: restoring.Restored, report: Path | None) -> None:
    """
    Print every difference, then write the report, if one is wanted.

    :raises Failed: if the report cannot be written
    """
    console.results().print(restoring_view.differences(done))
    if report is not None:
        try:
            report.write_text(json.dumps(list(done.differences), indent=2, default=str) + "\n")
        except OSError as error:
            raise Failed(f"{report} cannot be written: {error.strerror}. What it would hold is above.") from error
