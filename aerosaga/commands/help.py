"""A command group whose help is sorted by subject, and which ends without a traceback for what can be expected."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import click

from deploy.errors import CannotStart

EXAMPLES = """\
aerosaga demo                        see it all, then try it yourself
aerosaga search JFK LAX              tomorrow's departures, with free seats and prices
aerosaga seats 17                    the seat map of departure 17
aerosaga book 17 12A --passenger "Ada Lovelace" --card tok_visa
aerosaga timeline K7Q2ZD             what happened for a reservation, and what is to come"""


class Sectioned(click.Group):
    """Lists its commands under the headings of `sections`."""

    sections: Mapping[str, Sequence[click.Command]] = {}

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        width = max(len(name) for name in self.commands)
        for title, commands in self.sections.items():
            with formatter.section(title):
                formatter.write_dl(
                    [(f"{command.name:<{width}}", command.get_short_help_str(limit=90)) for command in commands]
                )
        with formatter.section("Examples"):
            for line in EXAMPLES.splitlines():
                formatter.write(f"{'':{formatter.current_indent}}{line}\n")

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except CannotStart as error:
            raise click.ClickException(str(error)) from error
        except BrokenPipeError:
            # Whoever read the output, such as `head`, has seen enough. Python would complain once more while it ends.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            ctx.exit(0)


def grouped(sections: Mapping[str, Sequence[click.Command]], **settings: Any) -> Sectioned:
    """Return a group of all the commands, listed in its help under their headings."""
    group = Sectioned(**settings)
    group.sections = sections
    for commands in sections.values():
        for command in commands:
            group.add_command(command)
    return group
