"""The command that asks the auditor: audit."""

from __future__ import annotations

import click
import simplejson

from aerosaga import audit_view, console
from aerosaga.commands.options import client, way_option
from aerosaga.errors import Failed
from aerosaga.wording import count


@click.command(short_help="What the auditor found between the services' books.")
@click.option("--resolved", is_flag=True, help="Also what was found and is well again.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@way_option
def audit(resolved: bool, as_json: bool, way: str | None) -> None:
    """Show what the auditor found when it held the books of the services against each other.

    It never sleeps: every reservation, payment and event is looked at again within a minute. Exit status 1 if
    something is not as it must be.
    """
    report = client(way).audit_report(resolved=resolved)
    if as_json:
        click.echo(simplejson.dumps(report, indent=2))
    else:
        console.results().print(audit_view.view(report))
    found = sum(rule["open"] for rule in report["rules"])
    if found:
        raise Failed(
            f"{count(found, 'finding is', 'findings are')} open. docs/how-to/read-the-audit.md says what to do."
        )
