"""Departures that are delayed or cancelled."""

import sqlalchemy as sa
from alembic import op

from common import columns

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "departure_change",
        sa.Column("departure_id", columns.BigId, autoincrement=False, nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.String(length=120), nullable=False),
        sa.Column("departs_at", columns.UtcDateTime(), nullable=True),
        sa.Column("departs_local", sa.String(length=25), nullable=True),
        sa.Column("arrives_at", columns.UtcDateTime(), nullable=True),
        sa.Column("arrives_local", sa.String(length=25), nullable=True),
        sa.Column("as_of", columns.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("departure_id", name=op.f("pk_departure_change")),
    )
    with op.batch_alter_table("departure") as departure:
        departure.add_column(sa.Column("local_date", sa.Date(), nullable=True))
        departure.add_column(sa.Column("status", sa.String(length=12), nullable=False, server_default="scheduled"))
        departure.add_column(sa.Column("status_reason", sa.String(length=120), nullable=True))
    op.execute("UPDATE departure SET local_date = SUBSTR(departs_local, 1, 10)")
    with op.batch_alter_table("departure") as departure:
        departure.alter_column("local_date", existing_type=sa.Date(), nullable=False)
        departure.alter_column("status", existing_type=sa.String(length=12), nullable=False, server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("departure") as departure:
        departure.drop_column("status_reason")
        departure.drop_column("status")
        departure.drop_column("local_date")
    op.drop_table("departure_change")
