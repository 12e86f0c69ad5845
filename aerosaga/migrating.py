"""Brings the tables of the services up to date, whose databases this process has been given."""

from collections.abc import Iterator

from sqlalchemy.exc import SQLAlchemyError

from aerosaga.errors import Failed
from common import migrations
from common.config import settings
from common.contracts.subscriptions import SERVICES


def services() -> list[str]:
    """Return the services whose AEROSAGA_<SERVICE>_DATABASE_URL is set."""
    return [service for service in SERVICES if getattr(settings(), f"{service}_database_url")]


def upgrade_all() -> Iterator[str]:
    """
    Bring one database after the other to the newest version and yield the name of each service when it is there.

    :raises Failed: if a database does not let itself be migrated
    """
    for service in services():
        try:
            migrations.upgrade(service)
        except SQLAlchemyError as error:
            name = f"AEROSAGA_{service.upper()}_DATABASE_URL"
            raise Failed(
                f"The tables of {service}_svc could not be brought up to date: {error}\n"
                f"Is the database of {name} there, and may its user make tables?"
            ) from error
        yield service
