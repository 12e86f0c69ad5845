"""Webhooks."""

import sqlalchemy as sa
from alembic import op

from common import columns

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "webhook",
        sa.Column("id", columns.BigId, nullable=False),
        sa.Column("webhook_id", columns.exact(30), nullable=False),
        sa.Column("owner", columns.exact(80), nullable=False),
        sa.Column("airline", sa.String(length=3), nullable=True),
        sa.Column("url", sa.String(length=500), nullable=False),
        sa.Column("events", sa.JSON(), nullable=False),
        sa.Column("description", sa.String(length=200), nullable=True),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("old_secret", sa.Text(), nullable=True),
        sa.Column("old_secret_until", columns.UtcDateTime(), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("disabled_reason", sa.String(length=12), nullable=True),
        sa.Column("disabled_at", columns.UtcDateTime(), nullable=True),
        sa.Column("created_at", columns.UtcDateTime(), nullable=False),
        sa.Column("failing_since", columns.UtcDateTime(), nullable=True),
        sa.Column("removed_at", columns.UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook")),
        sa.UniqueConstraint("webhook_id", name=op.f("uq_webhook_webhook_id")),
    )
    op.create_index(op.f("ix_webhook_owner"), "webhook", ["owner"], unique=False)
    op.create_index(op.f("ix_webhook_removed_at"), "webhook", ["removed_at"], unique=False)
    op.create_table(
        "delivery",
        sa.Column("id", columns.BigId, nullable=False),
        sa.Column("delivery_id", columns.exact(30), nullable=False),
        sa.Column("webhook_key", sa.BigInteger(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("correlation_id", sa.Uuid(), nullable=False),
        sa.Column("type", sa.String(length=60), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("created_at", columns.UtcDateTime(), nullable=False),
        sa.Column("next_attempt_at", columns.UtcDateTime(), nullable=True),
        sa.Column("delivered_at", columns.UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        sa.UniqueConstraint("delivery_id", name=op.f("uq_delivery_delivery_id")),
        sa.UniqueConstraint("webhook_key", "event_id", name=op.f("uq_delivery_webhook_key_event_id")),
    )
    op.create_index(op.f("ix_delivery_created_at"), "delivery", ["created_at"], unique=False)
    op.create_index(
        "ix_delivery_webhook_key_next_attempt_at", "delivery", ["webhook_key", "next_attempt_at"], unique=False
    )
    op.create_index("ix_delivery_webhook_key_state", "delivery", ["webhook_key", "state"], unique=False)
    op.create_table(
        "delivery_attempt",
        sa.Column("id", columns.BigId, nullable=False),
        sa.Column("delivery_key", columns.BigId, nullable=False),
        sa.Column("at", columns.UtcDateTime(), nullable=False),
        sa.Column("milliseconds", sa.Integer(), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=True),
        sa.Column("error", sa.String(length=200), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["delivery_key"], ["delivery.id"], name=op.f("fk_delivery_attempt_delivery_key")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_attempt")),
    )
    op.create_index(op.f("ix_delivery_attempt_delivery_key"), "delivery_attempt", ["delivery_key"], unique=False)


def downgrade() -> None:
    op.drop_table("delivery_attempt")
    op.drop_table("delivery")
    op.drop_table("webhook")
