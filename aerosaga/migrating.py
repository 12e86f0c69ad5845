"""Brings the tables of the services up to date, whose databases this process has been given."""

from collections.abc import Iterator

from common import migrations
from common.config import settings
from common.contracts.subscriptions import SERVICES


def services() -> list[str]:
    """Return the services whose AEROSAGA_<SERVICE>_DATABASE_URL is set."""
    return [service for service in SERVICES if getattr(settings(), f"{service}_database_url")]


def upgrade_all() -> Iterator[str]:
    """Bring one database after the other to the newest version and yield the name of each service when it is there."""
    for service in services():
        migrations.upgrade(service)
        yield service
