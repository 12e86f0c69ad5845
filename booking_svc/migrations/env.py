"""Alembic runs this for booking_svc."""

from booking_svc.models import Base, database
from common import idempotency, migrations, saga

migrations.run(database, idempotency.KEYS, saga.LEADERS, Base.metadata)
