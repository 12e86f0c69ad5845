"""Refunds that are asked for once."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("refund") as refund:
        refund.add_column(sa.Column("cause", sa.String(length=20), nullable=True))
        refund.create_unique_constraint("uq_refund_payment_id_cause", ["payment_id", "cause"])


def downgrade() -> None:
    with op.batch_alter_table("refund") as refund:
        # MariaDB keeps a foreign key's index; the unique one may have been doing its work.
        refund.drop_constraint("uq_refund_payment_id_cause", type_="unique")
        refund.drop_column("cause")
