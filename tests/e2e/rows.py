"""Counts of what the services have stored."""

from sqlalchemy import Engine, text

# What a request may write. Not the outboxes' and journals' housekeeping, which goes on by itself.
TABLES = {
    "airline": ("airline", "airport", "outbox"),
    "flight": ("flight", "departure", "seat_map", "outbox"),
    "fare": ("fare", "season", "rule", "outbox"),
    "booking": ("reservation", "passenger", "coupon", "seat", "saga_run", "outbox"),
    "payment": ("payment", "refund", "wallet", "wallet_entry"),
}


class Rows:
    """Counts the rows of every table that a request may write."""

    def __init__(self, engines: dict[str, Engine]) -> None:
        self._engines = engines

    def count(self) -> dict[str, int]:
        """Return the number of rows of each table, such as {"booking.seat": 7}."""
        counts: dict[str, int] = {}
        for service, tables in TABLES.items():
            selects = " UNION ALL ".join(f"SELECT '{table}', COUNT(*) FROM `{table}`" for table in tables)
            with self._engines[service].connect() as connection:
                counts |= {f"{service}.{table}": found for table, found in connection.execute(text(selects))}
        return counts
