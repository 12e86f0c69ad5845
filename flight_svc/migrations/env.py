"""Alembic runs this for flight_svc."""

from common import migrations
from flight_svc.models import Base, database

migrations.run(database, Base.metadata)
