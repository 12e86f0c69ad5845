"""Whether a departure flies as the timetable says."""

import sqlalchemy as sa
from alembic import op

from common import columns

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("departure") as departure:
        departure.add_column(sa.Column("scheduled_departs_at", columns.UtcDateTime(), nullable=True))
        departure.add_column(sa.Column("status", sa.String(length=12), nullable=False, server_default="scheduled"))
        departure.add_column(sa.Column("status_reason", sa.String(length=120), nullable=True))
    # Until now nothing could leave at another time than the timetable's.
    op.execute("UPDATE departure SET scheduled_departs_at = departs_at")
    with op.batch_alter_table("departure") as departure:
        departure.alter_column("scheduled_departs_at", existing_type=columns.UtcDateTime(), nullable=False)
        departure.alter_column("status", existing_type=sa.String(length=12), nullable=False, server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("departure") as departure:
        departure.drop_column("status_reason")
        departure.drop_column("status")
        departure.drop_column("scheduled_departs_at")
