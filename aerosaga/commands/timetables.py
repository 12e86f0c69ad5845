"""The commands that fill the system: load-timetable, migrate."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from pathlib import Path

import click

from aerosaga import console, loading, timetable
from aerosaga.commands.options import DATE, client, tomorrow, way_option
from aerosaga.errors import Failed
from aerosaga.target import Surroundings, Target
from aerosaga.timetable import Row
from aerosaga.wording import count
from deploy import private_file

DAYS = 28


@click.command("load-timetable", short_help="Put real departures on sale.")
@click.option("--days", type=click.IntRange(1, 366), help=f"How many days of the four-week slice; {DAYS} unless said.")
@click.option("--full-year", is_flag=True, help="All 336,776 departures of 2013, laid onto the coming year.")
@click.option("--from", "start", type=DATE, help="The first date; tomorrow unless said.")
@way_option
def load_timetable(days: int | None, full_year: bool, start: date | None, way: str | None) -> None:
    """Put airlines, airports and departures on sale; what is on sale already stays as it is.

    Interrupted, it goes on where it stopped when it is started again.
    """
    if full_year and days:
        raise click.UsageError("Say --days or --full-year: the full year has its 365 days.")
    services = client(way)
    notes = console.notes()
    if full_year:
        first = full_year_start(services.target, start)
        schedule: Iterable[tuple[date, Sequence[Row]]] = _full_year(first)
        total = timetable.full_year_count()
    else:
        first = start or tomorrow()
        schedule = list(timetable.slice_days(start=first, days=days or DAYS))
        total = sum(len(rows) for _, rows in schedule)
    try:
        loaded = loading.load(services, schedule, total=total, console=notes)
    except KeyboardInterrupt:
        raise Failed("Interrupted. Type the same again, and it goes on where it stopped.") from None
    console.results().print(summary(loaded))


def summary(loaded: loading.Loaded) -> str:
    """Return what a load did, in two lines."""
    heard = "booking_svc has heard of all that are new. " if loaded.created else ""
    return (
        f"{loaded.airlines} airlines, {loaded.airports:,} airports, {loaded.fares:,} fares, "
        f"{count(loaded.days, 'day')} of departures: {loaded.created:,} created, {loaded.unchanged:,} unchanged.\n"
        f"{heard}{loaded.total_seconds:.1f} s, {loaded.rate:,.0f} departures a second."
    )


@click.command(short_help="Bring the services' tables up to date.")
def migrate() -> None:
    """Bring the tables of every service up to date whose AEROSAGA_<SERVICE>_DATABASE_URL is set.

    `demo`, `up` and the containers do this by themselves.
    """
    # Here, because no other command needs the database libraries, which take longest to load.
    from aerosaga import migrating

    if not migrating.services():
        raise Failed("There is no database to migrate: set AEROSAGA_BOOKING_DATABASE_URL and the like.")
    for service in migrating.upgrade_all():
        click.echo(f"{service}: the tables are up to date")


def _full_year(start: date) -> Iterable[tuple[date, Sequence[Row]]]:
    try:
        yield from timetable.full_year_days(start=start, cache=Surroundings().run_dir / "cache")
    except timetable.FullYearUnavailable as error:
        raise Failed(str(error)) from error


def full_year_start(target: Target, asked: date | None) -> date:
    """Return the date asked for, else that of an earlier, perhaps interrupted load, else tomorrow; remember it."""
    memory: Path = target.directory / "full-year.json"
    remembered = None
    if memory.exists():
        remembered = date.fromisoformat(json.loads(memory.read_text())["from"])
        # A load of last year is over: its departures have left.
        if remembered < tomorrow() - timedelta(days=365):
            remembered = None
    start = asked or remembered or tomorrow()
    private_file.write(memory, json.dumps({"from": start.isoformat()}) + "\n")
    return start
