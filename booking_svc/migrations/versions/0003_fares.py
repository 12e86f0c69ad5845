"""Fares, and what a coupon was bought at."""

import sqlalchemy as sa
from alembic import op

from common import columns

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_OF_A_COUPON: tuple[tuple[str, sa.types.TypeEngine], ...] = (
    ("fare_id", sa.BigInteger()),
    ("family", sa.String(length=12)),
    ("currency", sa.String(length=3)),
    ("refundable", sa.Boolean()),
    ("refund_fee_minor", sa.BigInteger()),
    ("changeable", sa.Boolean()),
    ("change_fee_minor", sa.BigInteger()),
)


def upgrade() -> None:
    op.create_table(
        "fare",
        sa.Column("id", columns.BigId, autoincrement=False, nullable=False),
        sa.Column("airline", sa.String(length=3), nullable=False),
        sa.Column("origin", sa.String(length=3), nullable=False),
        sa.Column("destination", sa.String(length=3), nullable=False),
        sa.Column("flight_number", sa.Integer(), nullable=True),
        sa.Column("cabin", sa.String(length=10), nullable=False),
        sa.Column("family", sa.String(length=12), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("refundable", sa.Boolean(), nullable=False),
        sa.Column("refund_fee_minor", sa.BigInteger(), nullable=False),
        sa.Column("changeable", sa.Boolean(), nullable=False),
        sa.Column("change_fee_minor", sa.BigInteger(), nullable=False),
        sa.Column("advance_purchase_days", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("seasons", sa.JSON(), nullable=False),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.Column("as_of", columns.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fare")),
    )
    op.create_index("ix_fare_route", "fare", ["airline", "origin", "destination"], unique=False)
    with op.batch_alter_table("coupon") as coupon:
        for name, kind in _OF_A_COUPON:
            coupon.add_column(sa.Column(name, kind, nullable=True))
    with op.batch_alter_table("reservation") as reservation:
        reservation.add_column(sa.Column("offer_id", columns.exact(40), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("reservation") as reservation:
        reservation.drop_column("offer_id")
    with op.batch_alter_table("coupon") as coupon:
        for name, _ in reversed(_OF_A_COUPON):
            coupon.drop_column(name)
    op.drop_index("ix_fare_route", table_name="fare")
    op.drop_table("fare")
