"""Travellers are told when a payment was authorized, failed or let go; of older payments it was not kept."""

import sqlalchemy as sa
from alembic import op

from common.columns import UtcDateTime

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("seen_payment", sa.Column("heard_at", UtcDateTime(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("seen_payment") as payments:
        payments.drop_column("heard_at")
