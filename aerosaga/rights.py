"""Who may do what: the table docs/reference/rights.toml, and the page that is made from it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

DIRECTORY = Path(__file__).parents[1] / "docs" / "reference"
TABLE = DIRECTORY / "rights.toml"
PAGE = DIRECTORY / "rights.md"
EVERY = "every"

_HEADINGS = {
    "anonymous": "nobody",
    "other": "another traveller",
    "owner": "whose it is",
    "agent": "agent of the airline",
    "otherAgent": "agent of another",
    "operator": "operator",
    "admin": "admin",
    "service": "service",
}
_TOP = """# Who may do what

Made from [rights.toml](rights.toml) by `python -m aerosaga.rights`; tests walk every cell of it against the services.

**yes**: may. **401**: nobody has logged in. **403**: the role does not do. **404**: refused as if the thing did not
exist, because it is not theirs.

*Nobody* sends no token. *Whose it is* made the reservation while logged in, or opened the wallet; whoever shows a
reservation's access token may what its owner may with that reservation and its payments. An *agent of the airline*
works for one that flies a departure of the reservation. A *service* has a key with every scope; without the scope of
an operation it is refused. What every service has is reached inside only: the public door leads to none of it.
"""


def load() -> tuple[list[str], dict[str, dict[str, dict[str, str]]]]:
    """Return the columns, and by service and operation ("GET /airlines") the word in each column."""
    read = tomllib.loads(TABLE.read_text("utf-8"))
    columns: list[str] = read.pop("columns")
    return columns, {
        service: {operation: dict(zip(columns, words, strict=True)) for operation, words in rows.items()}
        for service, rows in read.items()
    }


def of(service: str) -> dict[str, dict[str, str]]:
    """Return the rows of a service's operations: its own, and those that every service has."""
    _, table = load()
    return {**table[service], **table[EVERY]}


def page() -> str:
    """Return the page that shows the table."""
    columns, table = load()
    parts = [_TOP]
    for service, rows in table.items():
        parts.append(f"\n## {'Every service' if service == EVERY else f'{service}_svc'}\n\n")
        parts.append(_line(["operation", *(_HEADINGS[column] for column in columns)]))
        parts.append(_line(["---"] * (len(columns) + 1)))
        parts += [_row(operation, words, columns) for operation, words in rows.items()]
    return "".join(parts)


def _row(operation: str, words: Mapping[str, str], columns: Sequence[str]) -> str:
    return _line([f"`{operation}`", *(words[column] for column in columns)])


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |\n"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
