"""Alembic runs this for auth_svc."""

from auth_svc.models import Base, database
from common import guesses, idempotency, migrations

migrations.run(database, idempotency.KEYS, guesses.GUESSES, Base.metadata)
