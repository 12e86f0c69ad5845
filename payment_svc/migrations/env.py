"""Alembic runs this for payment_svc."""

from common import idempotency, migrations
from payment_svc.models import Base, database

migrations.run(database, idempotency.KEYS, Base.metadata)
