"""A key is claimed in the transaction of what is done: nobody's name on it, and none without an answer."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Claims of requests that were under way when everything was stopped.
    op.execute("DELETE FROM idempotency_key WHERE status IS NULL")
    with op.batch_alter_table("idempotency_key") as keys:
        keys.drop_column("claim")


def downgrade() -> None:
    # Answers without a claim are good for nothing to older code; a repeat would have been refused a day later anyway.
    op.execute("DELETE FROM idempotency_key")
    with op.batch_alter_table("idempotency_key") as keys:
        keys.add_column(sa.Column("claim", sa.Uuid(), nullable=False))
