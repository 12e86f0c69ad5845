"""Operators find a reservation by the address of its contact."""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_reservation_contact_email", "reservation", ["contact_email"])


def downgrade() -> None:
    op.drop_index("ix_reservation_contact_email", table_name="reservation")
