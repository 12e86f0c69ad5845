"""The command that shows what time it is in the system, and in the demo makes it later: clock."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import click

from aerosaga import console
from aerosaga.commands.options import client, length, way_option


class LengthType(click.ParamType[int]):
    """A length of time in seconds, written 5m, 1h or 1d."""

    name = "length of time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        read = length(str(value))
        if not read:
            self.fail(f"{value!r} is no length of time; write 5m, 1h or 1d", param, ctx)
        return int(read.total_seconds())


@click.command(short_help="What time it is; in the demo, make it later.")
@click.argument("by", type=LengthType(), required=False, metavar="[BY]")
@click.option("--reason", help="Why it is moved; it is kept in the audit log.")
@way_option
def clock(by: int | None, reason: str | None, way: str | None) -> None:
    """Show what time it is by the services' databases; with BY, such as 5m, 1h or 1d, make it so much later.

    It can be moved in the demo only, ahead and never back: holds run out, reminders and captures become due.
    """
    services, out = client(way), console.results()
    told = services.operate("GET", "booking", "/clock")
    if by is not None:
        if not reason:
            raise click.UsageError("Say why with --reason: it is kept in the audit log.")
        body = {"aheadSeconds": told["aheadSeconds"] + by, "reason": reason}
        told = services.operate("PUT", "booking", "/clock", body=body)
    at = datetime.fromisoformat(told["database"])
    out.print(f"{at:%Y-%m-%d %H:%M:%S} UTC, {_words(told['aheadSeconds'])}.")


def _words(ahead: int) -> str:
    if not ahead:
        return "as the machine's clock says"
    minutes, seconds = divmod(ahead, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = [f"{days} d" if days else "", f"{hours} h" if hours else "", f"{minutes} min" if minutes else ""]
    return " ".join([*filter(None, parts), *([f"{seconds} s"] if seconds else [])]) + " ahead of the machine's clock"
