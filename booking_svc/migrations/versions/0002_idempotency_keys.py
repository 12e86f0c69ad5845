"""Idempotency keys."""

import sqlalchemy as sa
from alembic import op

from common import columns

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "idempotency_key",
        sa.Column("route", sa.String(length=60), nullable=False),
        sa.Column("key", columns.exact(255), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("claim", sa.Uuid(), nullable=False),
        sa.Column("claimed_at", columns.UtcDateTime(), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=True),
        sa.Column("headers", sa.JSON(), nullable=True),
        sa.Column("body", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("route", "key", name=op.f("pk_idempotency_key")),
    )
    op.create_index("ix_idempotency_key_claimed_at", "idempotency_key", ["claimed_at"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_idempotency_key_claimed_at", table_name="idempotency_key")
    op.drop_table("idempotency_key")
