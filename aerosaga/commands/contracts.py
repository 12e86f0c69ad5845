"""The commands that keep the registry of contracts: contracts write, contracts check."""

from __future__ import annotations

import click

from common.contracts.registry import files
from common.contracts.registry.published import Published, published
from common.contracts.registry.usage import ROOT

_ADVICE = (
    "A published contract only grows. Undo the change, or make it a new version and publish both for a while: "
    "docs/how-to/change-an-event.md."
)


@click.group()
def contracts() -> None:
    """Keep the registry of commands and events true to the code."""


@contracts.command(short_help="Write them anew from the code.")
@click.option("--against", metavar="COMMIT", help="Compare with this commit instead of what counts as published.")
def write(against: str | None) -> None:
    """Write contracts/, the event catalogue and the AsyncAPI document anew from the code.

    Writes nothing if a class breaks a published contract.
    """
    history = _history(against)
    _refuse_breaks(history)
    changed = files.write(ROOT, files.expected() | files.former(history))
    click.echo("\n".join(changed) if changed else "Nothing to do: every file is what the code says.")


@contracts.command(short_help="Say whether they are true, and break no promise.")
@click.option("--against", metavar="COMMIT", help="Compare with this commit instead of what counts as published.")
def check(against: str | None) -> None:
    """Say whether the files are what the code says and no published contract is broken; exit 1 if not."""
    history = _history(against)
    _refuse_breaks(history)
    made = files.expected() | files.former(history)
    stale = files.stale(ROOT, made)
    if stale:
        raise click.ClickException("\n".join([*stale, "`bin/aerosaga contracts write` writes them anew; commit them."]))
    compared = ", ".join(point.where for point in history)
    click.echo(f"{len(files.contracts())} contracts are what the code says, and keep the promises of {compared}.")


def _history(against: str | None) -> list[Published]:
    try:
        return published(ROOT, against=against)
    except LookupError as error:
        raise click.ClickException(str(error)) from error


def _refuse_breaks(history: list[Published]) -> None:
    broken = files.broken(history)
    if broken:
        raise click.ClickException("\n".join([*broken, _ADVICE]))
