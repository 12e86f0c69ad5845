"""Who owns what is paid for, which airlines fly it, and who opened a wallet."""

import sqlalchemy as sa
from alembic import op

from common import columns

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("payable", sa.Column("owner", columns.exact(80), nullable=True))
    op.add_column("payable", sa.Column("airlines", sa.JSON(), nullable=True))
    op.add_column("wallet", sa.Column("owner", columns.exact(80), nullable=True))


def downgrade() -> None:
    op.drop_column("wallet", "owner")
    op.drop_column("payable", "airlines")
    op.drop_column("payable", "owner")
