"""Bringing a service's tables up to date, by the Alembic history in its `migrations` folder."""

import sys
from pathlib import Path
from typing import Any, Literal

from alembic import command, context
from alembic.config import Config
from sqlalchemy import MetaData, String

from common import audit, inbox, journal, outbox, parking  # noqa: F401 (their tables are in SHARED)
from common.columns import SHARED, UtcDateTime, Word
from common.db import Database


def config(service: str) -> Config:
    """Return Alembic's configuration for `service` ("booking"), for use from code and from the command line."""
    folder = Path(sys.modules[__name__].__file__ or "").parents[1] / f"{service}_svc" / "migrations"
    made = Config()
    made.set_main_option("script_location", str(folder))
    made.set_main_option("path_separator", "os")
    return made


def upgrade(service: str) -> None:
    """Bring the tables of `service` to the newest version; does nothing if they are."""
    command.upgrade(config(service), "head")


def run(database: Database, *metadata: MetaData) -> None:
    """Run the migrations Alembic asks for; every service's `env.py` is this one call."""
    with database.engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=[SHARED, *metadata],
            compare_server_default=False,
            transaction_per_migration=True,
            render_item=_render,
            render_as_batch=connection.dialect.name == "sqlite",
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()


def _render(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """Write our own column types into a new migration by their own names."""
    if kind != "type":
        return False
    if isinstance(item, UtcDateTime):
        return "columns.UtcDateTime()"
    if isinstance(item, Word):
        return f"sa.String(length={item.length})"
    if "sqlite" in item._variant_mapping:
        return "columns.BigId"
    if "mariadb" in item._variant_mapping and isinstance(item, String):
        return f"columns.exact({item.length})"
    return False
