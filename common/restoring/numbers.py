"""Numbers that were given out after the backup must not be given out again: they mean something to others."""

from sqlalchemy import text

from common.db import Database

#: Further than any table of ours grows between two backups.
LEAP = 1_000_000


def leap(database: Database) -> list[str]:
    """
    Let the numbering of every table go on far beyond what a backup has; return the tables.

    SQLite has no counters of its own (a number is one more than the largest there is), so that there nothing is done:
    what neighbours know by a number gets its row back under that number instead.
    """
    if database.engine.dialect.name == "sqlite":
        return []
    counted = text(
        "SELECT table_name, auto_increment FROM information_schema.tables"
        " WHERE table_schema = DATABASE() AND auto_increment IS NOT NULL ORDER BY table_name"
    )
    with database.engine.connect() as connection:
        tables = [(str(row[0]), int(row[1])) for row in connection.execute(counted)]
        for name, following in tables:
            connection.execute(text(f"ALTER TABLE `{name}` AUTO_INCREMENT = {following + LEAP}"))
        connection.commit()
    return [name for name, _ in tables]
