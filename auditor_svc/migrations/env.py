"""Alembic runs this for auditor_svc."""

from auditor_svc.models import Base, database
from common import migrations

migrations.run(database, Base.metadata)
