"""Alembic runs this for airline_svc."""

from airline_svc.models import Base, database
from common import migrations

migrations.run(database, Base.metadata)
