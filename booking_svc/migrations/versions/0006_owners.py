"""Who owns a reservation."""

import sqlalchemy as sa
from alembic import op

from common import columns

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("reservation", sa.Column("owner", columns.exact(80), nullable=True))
    op.create_index("ix_reservation_owner", "reservation", ["owner"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_reservation_owner", table_name="reservation")
    op.drop_column("reservation", "owner")
