"""The commands that look after messages: parked list, show, edit, redrive, drop; replay."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any, TextIO

import click

from aerosaga import console, parked_view
from aerosaga.client import Client, Json
from aerosaga.commands.options import client, length, way_option
from aerosaga.errors import Unreachable
from common import clock, codec
from deploy.topology import SERVICES

STATES = ("parked", "redriven", "dropped", "all")
_REASON = click.option("--reason", required=True, help="Why; it is kept in the audit log.")
_SERVICE = click.Choice(SERVICES)


class NameType(click.ParamType[tuple[str, int]]):
    """A parked message by its service and number, as `list` shows it: payment/3."""

    name = "service/number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, int]:
        if isinstance(value, tuple):
            return value
        found = re.fullmatch(r"([a-z]+)/([1-9][0-9]{0,17})", str(value))
        if not found or found[1] not in SERVICES:
            self.fail(f"{value!r} is no parked message; write it like payment/3", param, ctx)
        return found[1], int(found[2])


class MomentType(click.ParamType[datetime]):
    """A UTC time such as 2026-12-01T13:30, or how long ago: 2h, 3d."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        if isinstance(value, datetime):
            return value
        ago = length(str(value))
        if ago is not None:
            return clock.now() - ago
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no time; write 2026-12-01T13:30 (UTC), 30m, 2h or 3d", param, ctx)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


_MESSAGE = click.argument("message", type=NameType(), metavar="SERVICE/N")


@click.group(short_help="Look after parked messages: list, show, edit, redrive, drop.")
def parked() -> None:
    """Look after the messages that could not be read, applied or carried out.

    Each waits with its error in the service it was for, while the others go on. Each act is in the audit log.
    """


@parked.command("list")
@click.option("--service", type=_SERVICE, help="Only this service's.")
@click.option("--state", type=click.Choice(STATES), default="parked", show_default=True)
@click.option("--kind", type=click.Choice(["event", "command"]))
@click.option("--queue", help="Only from this queue, such as payment.inbox.booking.")
@click.option("--number", default=50, show_default=True, type=click.IntRange(1, 200), help="How many of each service.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@way_option
def list_(
    service: str | None, state: str, kind: str | None, queue: str | None, number: int, as_json: bool, way: str | None
) -> None:
    """List parked messages of all services, newest first."""
    services = client(way)
    query = {"state": state, "kind": kind, "queue": queue, "count": number}
    asked = {key: value for key, value in query.items() if value is not None}
    found: list[Json] = []
    for name in [service] if service else SERVICES:
        try:
            rows = services.operate("GET", name, "/parked", query=asked)
        except Unreachable:
            console.notes().print(f"{name}_svc does not answer; its messages are not in the list.")
            continue
        found += [{"service": name, **row} for row in rows]
    found.sort(key=lambda row: str(row["parkedAt"]), reverse=True)
    if as_json:
        click.echo(codec.dumps(found))
        return
    console.results().print(parked_view.listing(found) if found else "No message is parked.")


@parked.command()
@_MESSAGE
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@way_option
def show(message: tuple[str, int], as_json: bool, way: str | None) -> None:
    """Show a message: payload, error, history."""
    found = _find(client(way), message)
    if as_json:
        click.echo(codec.dumps(found))
        return
    console.results().print(parked_view.view(found))


@parked.command(short_help="Change what a message says.")
@_MESSAGE
@_REASON
@click.option("--body", type=click.File("r", encoding="utf-8"), help="The new body, from a file; -: standard input.")
@way_option
def edit(message: tuple[str, int], reason: str, body: TextIO | None, way: str | None) -> None:
    """Change what a message says, in $EDITOR or from a file; the old body stays in its history."""
    services = client(way)
    text = body.read() if body else _edited(_find(services, message)["body"])
    if text is None:
        raise click.ClickException("Nothing was changed: the editor was left without saving.")
    told = _json_object(text)
    service, number = message
    services.operate("PATCH", service, f"/parked/{number}", body={"body": told, "reason": reason})
    name = f"{service}/{number}"
    console.results().print(f"{name} says the new thing. Try it: bin/aerosaga parked redrive {name} --dry-run")


@parked.command(short_help="Apply an event now, or send a command again.")
@_MESSAGE
@click.option("--to", "handler", metavar="HANDLER", help="Only to this handler of the event.")
@click.option("--dry-run", is_flag=True, help="Only tell what would happen.")
@click.option("--reason", help="Why; it is kept in the audit log. Needed but for a dry run.")
@way_option
def redrive(message: tuple[str, int], handler: str | None, dry_run: bool, reason: str | None, way: str | None) -> None:
    """Apply a parked event now, or send a parked command to its queue again."""
    if not reason and not dry_run:
        raise click.UsageError("Say why: --reason TEXT is kept in the audit log.")
    service, number = message
    wanted = {"to": handler, "reason": reason, "dryRun": dry_run}
    body = {key: value for key, value in wanted.items() if value is not None}
    told = client(way).operate("POST", service, f"/parked/{number}/redrive", body=body)
    console.results().print(parked_view.redriven(told, name=f"{service}/{number}", dry_run=dry_run))


@parked.command(short_help="Give a message up.")
@_MESSAGE
@_REASON
@way_option
def drop(message: tuple[str, int], reason: str, way: str | None) -> None:
    """Give a message up: it is never applied, and stays readable for 90 days."""
    service, number = message
    client(way).operate("DELETE", service, f"/parked/{number}", body={"reason": reason})
    console.results().print(f"{service}/{number} is dropped.")


@click.command()
@click.option("--from", "owner", type=_SERVICE, required=True, help="Whose events.")
@click.option("--to", "subscriber", type=_SERVICE, required=True, help="Who is to hear them, and nobody else.")
@click.option("--since", type=MomentType(), required=True, help="What happened from then on: a UTC time, or 2h, 3d.")
@click.option("--until", type=MomentType(), help="And before then.")
@click.option(
    "--type", "types", multiple=True, help="Only this type, such as SeatHeld or SeatHeld.v1; may be repeated."
)
@click.option("--handler", help="Only for this handler of the subscriber.")
@click.option("--dry-run", is_flag=True, help="Only tell how many there are.")
@_REASON
@way_option
def replay(
    owner: str,
    subscriber: str,
    since: datetime,
    until: datetime | None,
    types: tuple[str, ...],
    handler: str | None,
    dry_run: bool,
    reason: str,
    way: str | None,
) -> None:
    """Send past events of a service to one subscriber again.

    They keep their ids: the subscriber's inbox skips what a handler has applied. Events are kept for 14 days.
    """
    services = client(way)
    wanted = {
        "to": subscriber,
        "since": since.isoformat(),
        "until": until.isoformat() if until else None,
        "types": list(types),
        "handler": handler,
        "dryRun": dry_run,
        "reason": reason,
    }
    body = {key: value for key, value in wanted.items() if value is not None}
    sent, after = 0, 0
    while True:
        told = services.operate("POST", owner, "/replays", body={**body, "afterId": after})
        sent, after = sent + told["events"], told["lastId"]
        if not told["more"]:
            break
    out = console.results()
    did = "would be sent" if dry_run else "sent"
    out.print(f"{sent} {'event' if sent == 1 else 'events'} of {owner}_svc {did} to {subscriber}.inbox.{owner}.")
    oldest = datetime.fromisoformat(told["oldest"]) if told.get("oldest") else None
    if oldest is None or since < oldest:
        kept = f"nothing from before {oldest:%Y-%m-%d %H:%M:%S} UTC" if oldest else "no event at all"
        out.print(f"The outbox of {owner}_svc has {kept}: it keeps events for 14 days.")


def _find(services: Client, message: tuple[str, int]) -> Json:
    service, number = message
    return {"service": service, **services.operate("GET", service, f"/parked/{number}")}


def _edited(body: Any) -> str | None:
    """Return what a person makes of a body in an editor; None if nothing."""
    text = body if isinstance(body, str) else parked_view.pretty(body)
    return click.edit(text, extension=".json")


def _json_object(text: str) -> Json:
    try:
        told = codec.loads(text)
    except ValueError as error:
        raise click.ClickException(f"That is not JSON: {error}. Nothing was changed.") from error
    if not isinstance(told, dict):
        raise click.ClickException("A body is a JSON object, { ... }. Nothing was changed.")
    return told
