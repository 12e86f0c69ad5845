"""What goes back when a reservation is cancelled, and what went back."""

import sqlalchemy as sa
from alembic import op

from common import columns

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "seen_refund",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("reservation_id", columns.BigId, nullable=False),
        sa.Column("part", sa.SmallInteger(), nullable=False),
        sa.Column("auth_id", sa.String(length=40), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("reason", sa.String(length=60), nullable=False),
        sa.Column("issued_at", columns.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["reservation_id"], ["reservation.id"], name=op.f("fk_seen_refund_reservation_id")),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_seen_refund")),
    )
    op.create_index("ix_seen_refund_reservation_id", "seen_refund", ["reservation_id"], unique=False)
    with op.batch_alter_table("reservation") as reservation:
        reservation.add_column(sa.Column("refund_minor", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("reservation") as reservation:
        reservation.drop_column("refund_minor")
    op.drop_table("seen_refund")
