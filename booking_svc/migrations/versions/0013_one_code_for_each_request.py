"""A request for a code is looked at by one sweep at a time."""

import sqlalchemy as sa
from alembic import op

from common import columns

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("code_request") as requests:
        requests.add_column(sa.Column("due_at", columns.UtcDateTime(), nullable=True))
    op.execute("UPDATE code_request SET due_at = asked_at")
    with op.batch_alter_table("code_request") as requests:
        requests.alter_column("due_at", existing_type=columns.UtcDateTime(), nullable=False)
        requests.create_index("ix_code_request_due_at", ["due_at"])


def downgrade() -> None:
    with op.batch_alter_table("code_request") as requests:
        requests.drop_index("ix_code_request_due_at")
        requests.drop_column("due_at")
