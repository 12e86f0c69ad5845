"""Phone and language of a reservation's contact."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("reservation") as reservation:
        reservation.add_column(sa.Column("contact_phone", sa.String(length=16), nullable=True))
        reservation.add_column(sa.Column("contact_language", sa.String(length=2), nullable=False, server_default="en"))


def downgrade() -> None:
    with op.batch_alter_table("reservation") as reservation:
        reservation.drop_column("contact_language")
        reservation.drop_column("contact_phone")
