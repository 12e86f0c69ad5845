"""The commands of a traveller: search, seats, book, pay, show, timeline."""

from __future__ import annotations

from datetime import date

import click
from rich.console import Console
from rich.text import Text

from aerosaga import console, seat_map_view, selling, tables, timeline_view
from aerosaga.client import Client, Json
from aerosaga.commands.options import (
    AIRPORT,
    DATE,
    LOCATOR,
    SEAT,
    client,
    methods,
    payment_options,
    tomorrow,
    way_option,
)
from aerosaga.errors import Failed, Refused
from aerosaga.timeline import tell
from aerosaga.wording import count, price, reason
from common import clock
from common.codec import moment


@click.command(short_help="Find departures of a day, with free seats and prices.")
@click.argument("origin", type=AIRPORT)
@click.argument("destination", type=AIRPORT)
@click.argument("day", type=DATE, default=tomorrow, required=False)
@way_option
def search(origin: str, destination: str, day: date, way: str | None) -> None:
    """Find departures of a day between two airports, with free seats and prices.

    DAY is 2026-12-01, today or tomorrow (which it is unless said), by the clock at the origin.
    """
    services = client(way)
    out = console.results()
    found = services.search(origin=origin, destination=destination, day=day)
    if not found:
        raise Failed(_nothing_found(services, origin=origin, destination=destination, day=day))
    out.print(f"[bold]{origin} to {destination}[/], {day:%A %d %B %Y}, {count(len(found), 'departure')}, local times")
    out.print(tables.departures(found, services.availability([each["departureId"] for each in found])))


def _nothing_found(services: Client, *, origin: str, destination: str, day: date) -> str:
    for code in (origin, destination):
        try:
            services.airport(code)
        except Refused as refusal:
            if refusal.status == 404:
                return (
                    f"There is no airport {code}. If nothing is loaded yet, `bin/aerosaga load-timetable` loads it; "
                    "codes are IATA's, such as JFK."
                )
            raise
    return (
        f"Nothing flies from {origin} to {destination} on {day}. The timetable has what leaves New York (EWR, JFK, "
        "LGA), for the days that were loaded; `bin/aerosaga load-timetable --days 28` loads more."
    )


@click.command(short_help="Draw the seat map of a departure.")
@click.argument("departure_id", type=click.IntRange(min=1))
@way_option
def seats(departure_id: int, way: str | None) -> None:
    """Draw the seat map of a departure: free, held and taken seats, and exit rows."""
    out = console.results()
    out.print(seat_map_view.view(client(way).seat_map(departure_id), width=out.width, encoding=out.encoding))


@click.command(short_help="Book seats, paid now or later; follow it to its end.")
@click.argument("departure_id", type=click.IntRange(min=1))
@click.argument("seat_numbers", type=SEAT, nargs=-1, required=True, metavar="SEAT...")
@click.option("--passenger", "passengers", multiple=True, metavar="NAME", help="First and last name, one per seat.")
@payment_options
@click.option("--later", is_flag=True, help="Hold the seats now, pay later with `bin/aerosaga pay`.")
@click.option("--email", default="traveller@example.org", show_default=True, help="Where tickets would go.")
@click.option(
    "--fail",
    "failures",
    multiple=True,
    metavar="STEP=WHAT",
    help="In the demo: make a step fail, as payment.authorize=stuck; see docs/how-to/failure-switches.md.",
)
@way_option
def book(
    departure_id: int,
    seat_numbers: tuple[str, ...],
    passengers: tuple[str, ...],
    cards: tuple[Json, ...],
    wallets: tuple[Json, ...],
    crypto: bool,
    later: bool,
    email: str,
    failures: tuple[str, ...],
    way: str | None,
) -> None:
    """Book seats of a departure and follow the reservation until it is confirmed or failed."""
    payments = methods(cards=cards, wallets=wallets, crypto=crypto)
    if bool(payments) == later:
        raise click.UsageError("Say how it is paid: --card, --wallet or --crypto, or --later and nothing else.")
    if len(passengers) != len(seat_numbers):
        wanted = count(len(seat_numbers), "seat")
        raise click.UsageError(f"{wanted} asked for, {count(len(passengers), '--passenger')} given: name one for each.")
    try:
        people = selling.names(passengers)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--passenger") from error
    services = client(way)
    if failures and not (services.target.state and services.target.state.failure_switches):
        raise Failed("Failure switches are off here, so --fail would do nothing. They are on in `make demo`.")
    asked = selling.request(
        departure_id=departure_id, seats=seat_numbers, passengers=people, email=email, payments=payments
    )
    reservation = services.reserve(asked, failures=failures)
    locator = reservation["locator"]
    out = console.results()
    if not later:
        with console.working(console.notes(), f"Reservation {locator} is pending: {price(reservation['price'])}"):
            shown = selling.follow(services, reservation, until=_is_open if crypto else _is_never)
        _finish(out, services, shown)
        return
    _print(out, services, reservation)
    out.print(f"Pay it with  [bold]bin/aerosaga pay {locator} --card tok_visa[/]")


@click.command(short_help="Pay a held reservation.")
@click.argument("locator", type=LOCATOR)
@payment_options
@way_option
def pay(locator: str, cards: tuple[Json, ...], wallets: tuple[Json, ...], crypto: bool, way: str | None) -> None:
    """Pay a held reservation, or a part of it, and follow it until that is decided."""
    chosen = methods(cards=cards, wallets=wallets, crypto=crypto)
    if len(chosen) != 1:
        raise click.UsageError("Pay one way at a time: --card, --wallet or --crypto.")
    method = {name: value for name, value in chosen[0].items() if name != "amount"}
    services = client(way)
    out = console.results()
    with console.working(console.notes(), f"Paying {locator}"):
        begun = selling.pay(services, locator=locator, method=method, amount=chosen[0].get("amount"))
        payment = selling.follow_payment(services, begun)
        shown = services.reservation(locator)
        if payment["status"] not in {"failed", "open"} and "amount" not in chosen[0]:
            shown = selling.follow(services, shown)
    if payment["status"] == "failed":
        raise Failed(
            f"The payment failed: {reason(payment['reason'])}. Nothing was charged. "
            f"{locator} is {shown['status']} and can be paid another way until {moment(shown['payBy']):%H:%M:%S} UTC."
        )
    _finish(out, services, shown)


@click.command(short_help="Show a reservation and its payments.")
@click.argument("locator", type=LOCATOR)
@way_option
def show(locator: str, way: str | None) -> None:
    """Show a reservation: passengers, seats, flights and payments."""
    services = client(way)
    _print(console.results(), services, services.reservation(locator))


@click.command(short_help="Show what happened for it, and what is to come.")
@click.argument("locator", type=LOCATOR)
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
@way_option
def timeline(locator: str, as_json: bool, way: str | None) -> None:
    """Show what every service did, said and heard for a reservation, and what is still to come."""
    story = tell(client(way), locator)
    now = clock.now()
    if as_json:
        click.echo(timeline_view.as_json(story, now=now))
        return
    console.results().print(timeline_view.view(story, now=now))


def _finish(out: Console, services: Client, shown: Json) -> None:
    """Print what became of a reservation; one that failed makes the exit status 1."""
    payments = _print(out, services, shown)
    bank = services.target.urls.get("bank")
    for payment in payments:
        if payment["status"] == "open" and bank:
            out.print("Pay the invoice at the sandbox bank with")
            key = f"pay-{payment['authId']}"
            url = f"{bank}/invoices/{payment['invoice']}/pay"
            out.print(Text(f"  curl -X POST -H 'Idempotency-Key: {key}' {url}"), soft_wrap=True)
    out.print(Text(f"All of it: bin/aerosaga timeline {shown['locator']}", style="dim"))
    if shown["status"] == "failed":
        raise Failed(f"The reservation failed ({reason(shown['failureReason'])}). Seats and payments are released.")


def _print(out: Console, services: Client, shown: Json) -> list[Json]:
    """Print a reservation with its payments, and return these."""
    payments = selling.payments_of(services, shown)
    out.print(tables.reservation(shown, payments=payments, now=clock.now()))
    return payments


def _is_open(shown: Json) -> bool:
    return any(payment["status"] == "open" for payment in shown["payments"])


def _is_never(_: Json) -> bool:
    return False
