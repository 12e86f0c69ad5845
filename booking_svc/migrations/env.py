"""Alembic runs this for booking_svc."""

from booking_svc.models import Base, database
from common import migrations, saga

migrations.run(database, saga.LEADERS, Base.metadata)
