"""The commands for who may do what, and who did: users, audit-log."""

from __future__ import annotations

import click

from aerosaga import administration_view, console
from aerosaga.client import Client, Json
from aerosaga.commands.options import client, way_option
from aerosaga.errors import Unreachable
from common.auth import Role
from deploy.topology import SERVICES

# What a person may be given; a service account stays what it is.
GRANTED = [str(role) for role in (Role.TRAVELLER, Role.AGENT, Role.OPERATOR, Role.ADMIN)]
_REASON = click.option("--reason", required=True, help="Why; it is kept in the audit log.")
_NUMBER = click.option("--number", default=20, show_default=True, type=click.IntRange(1, 100), help="How many.")


@click.group(short_help="Who may do what: list, grant, disable, enable.")
def users() -> None:
    """Who may do what.

    People register themselves, as travellers; here they are given more. A user has a name, such as
    usr_7f3a91c04be2, which they see when they have logged in and tell you. An e-mail address in the list is what
    somebody wrote: nobody has checked that it is theirs.
    """


@users.command("list")
@click.option("--role", type=click.Choice([*GRANTED, str(Role.SERVICE)]), help="Only these.")
@click.option("--email", help="Only the one of this address.")
@_NUMBER
@way_option
def list_(role: str | None, email: str | None, number: int, way: str | None) -> None:
    """List users and service accounts, newest first."""
    found = client(way).users(role=role, email=email, number=number)
    if found:
        console.results().print(administration_view.users(found))
    else:
        console.results().print("There is no such user." if role or email else "Nobody has registered yet.")


@users.command()
@click.argument("name")
@click.argument("role", type=click.Choice(GRANTED))
@click.option("--airline", help="Whom an agent works for: its IATA code, such as AA.")
@_REASON
@way_option
def grant(name: str, role: str, airline: str | None, reason: str, way: str | None) -> None:
    """Give a user a role; an agent also the airline they work for."""
    if (role == Role.AGENT) != (airline is not None):
        raise click.UsageError("An agent works for one airline, and nobody else does: say --airline for agents only.")
    body: Json = {"role": role, "reason": reason, **({} if airline is None else {"airline": airline.upper()})}
    console.results().print(administration_view.users([client(way).grant(name, body)]))


@users.command(short_help="Disable a user or a service account.")
@click.argument("name")
@_REASON
@way_option
def disable(name: str, reason: str, way: str | None) -> None:
    """Disable a user or a service account; their logins end, and their keys are taken no more."""
    _set(name, disabled=True, reason=reason, way=way)


@users.command()
@click.argument("name")
@_REASON
@way_option
def enable(name: str, reason: str, way: str | None) -> None:
    """Enable a user or a service account again."""
    _set(name, disabled=False, reason=reason, way=way)


@click.command("audit-log", short_help="Who did what by a right that travellers do not have.")
@click.option("--service", type=click.Choice(SERVICES), help="Only what this service wrote down.")
@click.option("--subject", help='Only what was done to this, such as "user usr_7f3a91c04be2".')
@_NUMBER
@way_option
def audit_log(service: str | None, subject: str | None, number: int, way: str | None) -> None:
    """List what operators, admins and agents did in all services, newest first."""
    entries = _entries(client(way), service, subject=subject, number=number)
    if entries:
        console.results().print(administration_view.audit_log(entries))
    else:
        console.results().print("Nothing of the kind was done yet.")


def _entries(services: Client, service: str | None, *, subject: str | None, number: int) -> list[Json]:
    found: list[Json] = []
    for name in [service] if service else SERVICES:
        try:
            found += [{**entry, "service": name} for entry in services.audit(name, subject=subject, number=number)]
        except Unreachable:
            console.notes().print(f"{name}_svc does not answer; its entries are missing here.")
    return sorted(found, key=lambda entry: str(entry["at"]), reverse=True)[:number]


def _set(name: str, *, disabled: bool, reason: str, way: str | None) -> None:
    user = client(way).set_disabled(name, {"disabled": disabled, "reason": reason})
    console.results().print(administration_view.users([user]))
