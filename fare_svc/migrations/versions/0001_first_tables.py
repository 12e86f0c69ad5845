"""First tables."""

import sqlalchemy as sa
from alembic import op

from common import columns

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "inbox",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("handler", sa.String(length=60), nullable=False),
        sa.Column("type", sa.String(length=60), nullable=False),
        sa.Column("correlation_id", sa.Uuid(), nullable=False),
        sa.Column("handled_at", columns.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", "handler", name=op.f("pk_inbox")),
    )
    op.create_index("ix_inbox_correlation_id", "inbox", ["correlation_id"], unique=False)
    op.create_index("ix_inbox_handled_at", "inbox", ["handled_at"], unique=False)
    op.create_table(
        "journal",
        sa.Column("id", columns.BigId, autoincrement=True, nullable=False),
        sa.Column("at", columns.UtcDateTime(), nullable=False),
        sa.Column("correlation_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal")),
    )
    op.create_index("ix_journal_at", "journal", ["at"], unique=False)
    op.create_index("ix_journal_correlation_id", "journal", ["correlation_id"], unique=False)
    op.create_table(
        "outbox",
        sa.Column("id", columns.BigId, autoincrement=True, nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("exchange", sa.String(length=40), nullable=False),
        sa.Column("type", sa.String(length=60), nullable=False),
        sa.Column("version", sa.SmallInteger(), nullable=False),
        sa.Column("correlation_id", sa.Uuid(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("occurred_at", columns.UtcDateTime(), nullable=False),
        sa.Column("published_at", columns.UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    op.create_index("ix_outbox_correlation_id", "outbox", ["correlation_id"], unique=False)
    op.create_index("ix_outbox_published_at", "outbox", ["published_at", "id"], unique=False)
    op.create_table(
        "parked_message",
        sa.Column("id", columns.BigId, autoincrement=True, nullable=False),
        sa.Column("queue", sa.String(length=80), nullable=False),
        sa.Column("routing_key", sa.String(length=120), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("headers", sa.JSON(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("parked_at", columns.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_parked_message")),
    )
    op.create_table(
        "departure",
        sa.Column("id", columns.BigId, autoincrement=False, nullable=False),
        sa.Column("airline", sa.String(length=3), nullable=False),
        sa.Column("flight_number", sa.Integer(), nullable=False),
        sa.Column("origin", sa.String(length=3), nullable=False),
        sa.Column("destination", sa.String(length=3), nullable=False),
        sa.Column("local_date", sa.Date(), nullable=False),
        sa.Column("departs_at", columns.UtcDateTime(), nullable=False),
        sa.Column("departs_local", sa.String(length=25), nullable=False),
        sa.Column("arrives_at", columns.UtcDateTime(), nullable=False),
        sa.Column("arrives_local", sa.String(length=25), nullable=False),
        sa.Column("seat_map_key", columns.exact(60), nullable=False),
        sa.Column("as_of", columns.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_departure")),
    )
    op.create_index("ix_departure_destination_departs_at", "departure", ["destination", "departs_at"], unique=False)
    op.create_index("ix_departure_origin_departs_at", "departure", ["origin", "departs_at"], unique=False)
    op.create_index("ix_departure_origin_local_date", "departure", ["origin", "local_date"], unique=False)
    op.create_table(
        "rule",
        sa.Column("code", columns.exact(20), nullable=False),
        sa.Column("family", sa.String(length=12), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("refundable", sa.Boolean(), nullable=False),
        sa.Column("refund_fee_minor", sa.BigInteger(), nullable=False),
        sa.Column("changeable", sa.Boolean(), nullable=False),
        sa.Column("change_fee_minor", sa.BigInteger(), nullable=False),
        sa.Column("advance_purchase_days", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_rule")),
    )
    op.create_table(
        "season",
        sa.Column("code", columns.exact(40), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("starts", sa.Date(), nullable=False),
        sa.Column("ends", sa.Date(), nullable=False),
        sa.Column("factor_ten_thousandths", sa.Integer(), nullable=False),
        sa.Column("airline", sa.String(length=3), nullable=True),
        sa.Column("origin", sa.String(length=3), nullable=True),
        sa.Column("destination", sa.String(length=3), nullable=True),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_season")),
    )
    op.create_table(
        "seat_map",
        sa.Column("key", columns.exact(60), nullable=False),
        sa.Column("cabins", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_seat_map")),
    )
    op.create_table(
        "fare",
        sa.Column("id", columns.BigId, nullable=False),
        sa.Column("airline", sa.String(length=3), nullable=False),
        sa.Column("origin", sa.String(length=3), nullable=False),
        sa.Column("destination", sa.String(length=3), nullable=False),
        sa.Column("flight_number", sa.Integer(), nullable=False),
        sa.Column("cabin", sa.String(length=10), nullable=False),
        sa.Column("rule_code", columns.exact(20), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["rule_code"], ["rule.code"], name=op.f("fk_fare_rule_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fare")),
        sa.UniqueConstraint(
            "airline",
            "origin",
            "destination",
            "flight_number",
            "cabin",
            "rule_code",
            name="uq_fare_names",
        ),
    )
    op.create_index("ix_fare_rule_code", "fare", ["rule_code"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_fare_rule_code", table_name="fare")
    op.drop_table("fare")
    op.drop_table("seat_map")
    op.drop_table("season")
    op.drop_table("rule")
    op.drop_index("ix_departure_origin_local_date", table_name="departure")
    op.drop_index("ix_departure_origin_departs_at", table_name="departure")
    op.drop_index("ix_departure_destination_departs_at", table_name="departure")
    op.drop_table("departure")
    op.drop_table("parked_message")
    op.drop_index("ix_outbox_published_at", table_name="outbox")
    op.drop_index("ix_outbox_correlation_id", table_name="outbox")
    op.drop_table("outbox")
    op.drop_index("ix_journal_correlation_id", table_name="journal")
    op.drop_index("ix_journal_at", table_name="journal")
    op.drop_table("journal")
    op.drop_index("ix_inbox_handled_at", table_name="inbox")
    op.drop_index("ix_inbox_correlation_id", table_name="inbox")
    op.drop_table("inbox")
