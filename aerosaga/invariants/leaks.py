"""Leaks: no card number anywhere, whatever a client sent where."""

from collections.abc import Iterator

from aerosaga.invariants.evidence import Evidence
from aerosaga.invariants.judging import invariant, unless
from common import codec
from common.cards import holds_card_number


@invariant("I27", "no table and no ledger holds a card number")
def no_card_numbers(evidence: Evidence) -> Iterator[str | None]:
    tables = {**evidence.tables, "bank.entry": evidence.entries, "bank.authorization": evidence.authorizations}
    for name, rows in tables.items():
        for row in rows:
            texts = [
                value if isinstance(value, str) else codec.dumps(value)
                for value in row.values()
                if isinstance(value, str | dict | list)
            ]
            leaks = any(map(holds_card_number, texts))
            yield unless(not leaks, f"a row of {name} holds a card number")
