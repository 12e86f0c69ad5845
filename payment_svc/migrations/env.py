"""Alembic runs this for payment_svc."""

from common import migrations
from payment_svc.models import Base, database

migrations.run(database, Base.metadata)
