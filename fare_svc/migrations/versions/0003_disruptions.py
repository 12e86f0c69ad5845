"""Departures that are delayed or cancelled."""

import sqlalchemy as sa
from alembic import op

from common import columns

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "departure_change",
        sa.Column("departure_id", columns.BigId, autoincrement=False, nullable=False),
        sa.Column("cancelled", sa.Boolean(), nullable=False),
        sa.Column("departs_at", columns.UtcDateTime(), nullable=True),
        sa.Column("departs_local", sa.String(length=25), nullable=True),
        sa.Column("arrives_at", columns.UtcDateTime(), nullable=True),
        sa.Column("arrives_local", sa.String(length=25), nullable=True),
        sa.Column("as_of", columns.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("departure_id", name=op.f("pk_departure_change")),
    )
    with op.batch_alter_table("departure") as departure:
        departure.add_column(sa.Column("cancelled", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("departure") as departure:
        departure.alter_column("cancelled", existing_type=sa.Boolean(), nullable=False, server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("departure") as departure:
        departure.drop_column("cancelled")
    op.drop_table("departure_change")
