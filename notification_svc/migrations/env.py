"""Alembic runs this for notification_svc."""

from common import idempotency, migrations
from notification_svc.models import Base, database

migrations.run(database, idempotency.KEYS, Base.metadata)
