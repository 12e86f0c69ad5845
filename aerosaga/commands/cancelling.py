"""The commands that end what was to fly: cancel, and for operators delay, cancel-departure and disruption."""

from __future__ import annotations

import click

from aerosaga import cancelling_view, console, selling
from aerosaga.client import Json
from aerosaga.commands.options import LOCATOR, client, way_option
from aerosaga.errors import Failed, Refused
from aerosaga.wording import price

_DEPARTURE = click.argument("departure_id", type=click.IntRange(min=1), metavar="DEPARTURE")
_REASON = click.option("--reason", required=True, help="Why; travellers are told, and it is kept in the audit log.")
_YES = click.option("--yes", is_flag=True, help="Do not ask.")


@click.command(short_help="Cancel a reservation: shows what comes back, asks, does it.")
@click.argument("locator", type=LOCATOR)
@_YES
@way_option
def cancel(locator: str, yes: bool, way: str | None) -> None:
    """Show what comes back of a reservation, by which rules, and cancel it by exactly that quote."""
    services = client(way)
    out = console.results()
    quote = services.quote_cancellation(locator)
    while True:
        out.print(cancelling_view.quote(quote))
        if not yes:
            click.confirm("Cancel it?", abort=True)
        try:
            shown = services.cancel(locator, quote=quote["quote"])
        except Refused as refusal:
            if refusal.code != "quote_outdated" or yes:
                raise
            # Something changed between the question and the answer: the new quote is shown, and asked about, anew.
            out.print("Meanwhile that is no longer what comes back. Now it is this:")
            quote = services.quote_cancellation(locator)
        else:
            break
    out.print(f"{locator} is cancelled. {_comes_back(shown)}")


@click.command(short_help="Delay a departure (operators).")
@_DEPARTURE
@click.option("--minutes", type=click.IntRange(1, 2880), help="How many after the time of the timetable.")
@click.option(
    "--until", "local", metavar="LOCAL", help="Or the new time on the clocks of the origin: 2026-12-01T09:15."
)
@_REASON
@way_option
def delay(departure_id: int, minutes: int | None, local: str | None, reason: str, way: str | None) -> None:
    """Delay a departure, or correct its delay; whoever is booked on it is told."""
    if (minutes is None) == (local is None):
        raise click.UsageError("Say when it leaves: --minutes or --until.")
    when = {"minutes": minutes} if local is None else {"departsLocal": local}
    shown = client(way).delay(departure_id, {**when, "reason": reason})
    console.results().print(cancelling_view.departure(shown))


@click.command("cancel-departure", short_help="Cancel a departure and refund everybody on it (operators).")
@_DEPARTURE
@_REASON
@_YES
@way_option
def cancel_departure(departure_id: int, reason: str, yes: bool, way: str | None) -> None:
    """Cancel a departure for good, follow its reservations until they are cancelled and refunded, and report."""
    if not yes:
        click.confirm(f"Cancel departure {departure_id} and every reservation on it, for good?", abort=True)
    services = client(way)
    shown = services.cancel_departure(departure_id, reason=reason)
    out = console.results()
    out.print(cancelling_view.departure(shown))
    with console.working(console.notes(), "Cancelling and refunding reservations"):
        report = selling.follow_disruption(services, departure_id)
    if report is None:
        raise Failed(
            "booking_svc has not heard of the cancellation yet; see what is down with `bin/aerosaga doctor`, and later "
            f"report with `bin/aerosaga disruption {departure_id}`."
        )
    out.print(cancelling_view.disruption(report))


@click.command(short_help="Report on a cancelled departure (operators).")
@_DEPARTURE
@way_option
def disruption(departure_id: int, way: str | None) -> None:
    """Report how far the reservations of a cancelled departure are cancelled and refunded."""
    console.results().print(cancelling_view.disruption(client(way).disruption(departure_id)))


def _comes_back(shown: Json) -> str:
    due = shown.get("refundDue")
    if due is None:
        return "Nothing was paid."
    return f"{price(due)} goes back the way it was paid." if due["amount"] else "Nothing goes back."
