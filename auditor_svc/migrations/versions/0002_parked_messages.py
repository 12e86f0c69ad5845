"""Parked messages with their state and history, and the errors of messages that were given back."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from common import columns

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def _added() -> list[Any]:
    return [
        sa.Column("kind", sa.String(length=8), nullable=False, server_default="event"),
        sa.Column("state", sa.String(length=10), nullable=False, server_default="parked"),
        sa.Column("message_id", sa.String(length=80), nullable=True),
        sa.Column("content_type", sa.String(length=80), nullable=False, server_default="application/json"),
        sa.Column("encoding", sa.String(length=8), nullable=False, server_default="text"),
        sa.Column("envelope", sa.JSON(), nullable=True),
        sa.Column("deliveries", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("last_at", columns.UtcDateTime(), nullable=True),
        sa.Column("closed_at", columns.UtcDateTime(), nullable=True),
        sa.Column("history", sa.JSON(), nullable=False, server_default="[]"),
    ]


def upgrade() -> None:
    with op.batch_alter_table("parked_message") as parked:
        for column in _added():
            parked.add_column(column)
        parked.create_index("ix_parked_message_state", ["state", "id"], unique=False)
        parked.create_index("ix_parked_message_message_id", ["message_id"], unique=False)
    op.create_table(
        "delivery_error",
        sa.Column("message_id", sa.String(length=80), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("at", columns.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_delivery_error")),
    )
    op.create_index("ix_delivery_error_at", "delivery_error", ["at"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_delivery_error_at", table_name="delivery_error")
    op.drop_table("delivery_error")
    with op.batch_alter_table("parked_message") as parked:
        parked.drop_index("ix_parked_message_message_id")
        parked.drop_index("ix_parked_message_state")
        for column in reversed(_added()):
            parked.drop_column(column.name)
