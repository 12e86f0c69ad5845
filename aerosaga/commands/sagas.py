"""The commands that look after sagas: sagas list, show, retry, rewind."""

from __future__ import annotations

import click

from aerosaga import console, saga_view
from aerosaga.commands.options import LOCATOR, client, way_option
from common import clock

STATES = ("running", "completing", "rewinding", "finished", "rewound", "stuck", "failed")
_REASON = click.option("--reason", required=True, help="Why; it is kept in the audit log.")
_RUN = click.argument("run_id", type=click.IntRange(min=1), metavar="RUN")


@click.group(short_help="Look after sagas: list, show, retry, rewind.")
def sagas() -> None:
    """Look after the sagas that bring reservations to their end.

    They end by themselves: a sweep takes up whatever shows no progress. These are for the day when a person knows
    better, and each act is in the audit log.
    """


@sagas.command("list")
@click.option("--state", type=click.Choice(STATES), help="Only these; stuck: out of time or sent again and again.")
@click.option("--number", default=20, show_default=True, type=click.IntRange(1, 100), help="How many, newest first.")
@way_option
def list_(state: str | None, number: int, way: str | None) -> None:
    """List saga runs, newest first."""
    found = client(way).saga_runs(state=state, number=number)
    out = console.results()
    if not found:
        out.print("No saga is " + state + "." if state else "No saga has run yet: book a seat.")
        return
    out.print(saga_view.listing(found, now=clock.now()))


@sagas.command(short_help="Show a run, or the runs of a reservation.")
@click.argument("name", metavar="RUN|LOCATOR")
@way_option
def show(name: str, way: str | None) -> None:
    """Show a run, by its number, or the runs of a reservation, by its locator."""
    services = client(way)
    if name.isdecimal():
        runs = [services.saga_run(int(name))]
    else:
        locator = LOCATOR.convert(name, None, None)
        runs = services.sagas(services.reservation(locator)["correlationId"])
    for run in runs:
        console.results().print(saga_view.view(run, now=clock.now()))


@sagas.command(short_help="Send the steps of a run again now.")
@_RUN
@_REASON
@way_option
def retry(run_id: int, reason: str, way: str | None) -> None:
    """Send the steps of a run again now, ahead or back, whichever way it is on."""
    run = client(way).retry_saga(run_id, reason=reason)
    console.results().print(saga_view.view(run, now=clock.now()))


@sagas.command(short_help="Turn a run round, and undo what it did.")
@_RUN
@_REASON
@click.confirmation_option(prompt="This undoes what was done and fails the reservation. Go on?", help="Do not ask.")
@way_option
def rewind(run_id: int, reason: str, way: str | None) -> None:
    """Turn a run round: void its payments, release its seats, fail its reservation."""
    run = client(way).rewind_saga(run_id, reason=reason)
    console.results().print(saga_view.view(run, now=clock.now()))
