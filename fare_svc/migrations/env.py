"""Alembic runs this for fare_svc."""

from common import migrations
from fare_svc.models import Base, database

migrations.run(database, Base.metadata)
