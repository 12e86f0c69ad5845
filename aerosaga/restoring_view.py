"""How backups, and the differences after a restore, look in a terminal."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from aerosaga.backups import Backup
from aerosaga.restoring import Restored
from aerosaga.wording import count


def backup(made: Backup) -> RenderableType:
    """Return the services with their files, and how one of them is put back."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("service", "file", "bytes", "as of (UTC)"):
        table.add_column(title, justify="right" if title == "bytes" else "left")
    for service, copy in made.copies.items():
        table.add_row(f"{service}_svc", copy.file, f"{copy.bytes:,}", copy.began_at[:19].replace("T", " "))
    how = f"Put one back with `bin/aerosaga restore SERVICE --from {made.folder}`."
    return Group(table, Text(), Text(how, style="dim"))


def differences(done: Restored) -> RenderableType:
    """Return every difference, those that a person must see to last."""
    name = f"{done.service}_svc"
    if not done.differences:
        return Text(f"{name} differs from its neighbours in nothing.")
    todo = [each for each in done.differences if "todo" in each]
    lines: list[RenderableType] = []
    for each in sorted(done.differences, key=lambda each: "todo" in each):
        lines.append(Text.assemble((each["subject"], "bold"), f": {each['what']}"))
        if "healed" in each:
            lines.append(Text(f"    {each['healed']}", style="green"))
        if "todo" in each:
            lines.append(Text(f"    to do: {each['todo']}", style="bold yellow"))
    found, mine = count(len(done.differences), "difference"), len(todo)
    since = f"since {done.since:%Y-%m-%d %H:%M:%S} UTC"
    lines += [Text(), Text(f"{name}, {since}: {found}, {mine} for you. The auditor looks too: bin/aerosaga audit")]
    return Group(*lines)
