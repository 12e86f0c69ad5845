"""Codes that open reservations to guests, and the limits of guessing them."""

import sqlalchemy as sa
from alembic import op

from common import columns

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "code_request",
        sa.Column("id", columns.BigId, autoincrement=True, nullable=False),
        sa.Column("locator", columns.exact(6), nullable=False),
        sa.Column("last_name", sa.String(length=60), nullable=False),
        sa.Column("correlation_id", sa.Uuid(), nullable=False),
        sa.Column("asked_at", columns.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_code_request")),
    )
    op.create_table(
        "access_code",
        sa.Column("id", columns.BigId, autoincrement=True, nullable=False),
        sa.Column("reservation_id", columns.BigId, nullable=False),
        sa.Column("digest", sa.String(length=120), nullable=False),
        sa.Column("tries", sa.SmallInteger(), nullable=False),
        sa.Column("used", sa.Boolean(), nullable=False),
        sa.Column("created_at", columns.UtcDateTime(), nullable=False),
        sa.Column("expires_at", columns.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["reservation_id"], ["reservation.id"], name=op.f("fk_access_code_reservation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_code")),
    )
    op.create_index("ix_access_code_reservation_id", "access_code", ["reservation_id"], unique=False)
    op.create_table(
        "access_attempt",
        sa.Column("id", columns.BigId, autoincrement=True, nullable=False),
        sa.Column("door", sa.String(length=6), nullable=False),
        sa.Column("locator", columns.exact(6), nullable=False),
        sa.Column("address", columns.exact(45), nullable=False),
        sa.Column("at", columns.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_attempt")),
    )
    op.create_index("ix_access_attempt_at", "access_attempt", ["at"], unique=False)
    op.create_index("ix_access_attempt_locator", "access_attempt", ["door", "locator", "at"], unique=False)
    op.create_index("ix_access_attempt_address", "access_attempt", ["door", "address", "at"], unique=False)


def downgrade() -> None:
    op.drop_table("access_attempt")
    op.drop_table("access_code")
    op.drop_table("code_request")
