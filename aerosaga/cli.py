"""The `aerosaga` command."""

import click

from aerosaga import migrating


@click.group()
def main() -> None:
    """Aerosaga: seats sold once, paid for or given back."""


@main.command()
def migrate() -> None:
    """Bring the tables of every service up to date whose AEROSAGA_<SERVICE>_DATABASE_URL is set."""
    if not migrating.services():
        raise click.ClickException("No database to migrate: set AEROSAGA_BOOKING_DATABASE_URL and the like.")
    for service in migrating.upgrade_all():
        click.echo(f"{service}: the tables are up to date")


if __name__ == "__main__":
    main()
