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
        "audit_entry",
        sa.Column("id", columns.BigId, autoincrement=True, nullable=False),
        sa.Column("at", columns.UtcDateTime(), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("role", sa.String(length=12), nullable=False),
        sa.Column("act", sa.String(length=80), nullable=False),
        sa.Column("subject", sa.String(length=120), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("correlation_id", sa.Uuid(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
    )
    op.create_index("ix_audit_entry_at", "audit_entry", ["at"], unique=False)
    op.create_index("ix_audit_entry_subject", "audit_entry", ["subject"], unique=False)
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
        "idempotency_key",
        sa.Column("route", sa.String(length=60), nullable=False),
        sa.Column("key", columns.exact(255), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("claim", sa.Uuid(), nullable=False),
        sa.Column("claimed_at", columns.UtcDateTime(), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=True),
        sa.Column("headers", sa.JSON(), nullable=True),
        sa.Column("body", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("route", "key", name=op.f("pk_idempotency_key")),
    )
    op.create_index("ix_idempotency_key_claimed_at", "idempotency_key", ["claimed_at"], unique=False)
    op.create_table(
        "correspondence",
        sa.Column("reservation_id", columns.BigId, autoincrement=False, nullable=False),
        sa.Column("look_at", columns.UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("reservation_id", name=op.f("pk_correspondence")),
    )
    op.create_index(op.f("ix_correspondence_look_at"), "correspondence", ["look_at"], unique=False)
    op.create_table(
        "fact",
        sa.Column("reservation_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("type", sa.String(length=60), nullable=False),
        sa.Column("occurred_at", columns.UtcDateTime(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("heard_at", columns.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("reservation_id", "event_id", name=op.f("pk_fact")),
    )
    op.create_index(op.f("ix_fact_heard_at"), "fact", ["heard_at"], unique=False)
    op.create_table(
        "itinerary",
        sa.Column("reservation_id", columns.BigId, autoincrement=False, nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("as_of", columns.UtcDateTime(), nullable=False),
        sa.Column("ends_at", columns.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("reservation_id", name=op.f("pk_itinerary")),
    )
    op.create_index(op.f("ix_itinerary_ends_at"), "itinerary", ["ends_at"], unique=False)
    op.create_table(
        "message",
        sa.Column("id", columns.BigId, nullable=False),
        sa.Column("name", columns.exact(24), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("reservation_id", sa.BigInteger(), nullable=False),
        sa.Column("locator", columns.exact(6), nullable=False),
        sa.Column("correlation_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("channel", sa.String(length=12), nullable=False),
        sa.Column("recipient", columns.exact(254), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("content", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("secret", sa.Boolean(), nullable=False),
        sa.Column("created_at", columns.UtcDateTime(), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("redeliveries", sa.SmallInteger(), nullable=False),
        sa.Column("next_attempt_at", columns.UtcDateTime(), nullable=True),
        sa.Column("claimed_until", columns.UtcDateTime(), nullable=True),
        sa.Column("sent_at", columns.UtcDateTime(), nullable=True),
        sa.Column("error", sa.String(length=200), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint(
            "event_id",
            "reservation_id",
            "channel",
            "recipient",
            name=op.f("uq_message_event_id_reservation_id_channel_recipient"),
        ),
        sa.UniqueConstraint("name", name=op.f("uq_message_name")),
    )
    op.create_index(op.f("ix_message_locator"), "message", ["locator"], unique=False)
    op.create_index("ix_message_next_attempt_at", "message", ["state", "next_attempt_at"], unique=False)
    op.create_index("ix_message_recipient", "message", ["recipient", "state"], unique=False)
    op.create_index(op.f("ix_message_reservation_id"), "message", ["reservation_id"], unique=False)
    op.create_table(
        "stop",
        sa.Column("departure_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("reservation_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("departure_id", "reservation_id", name=op.f("pk_stop")),
    )
    op.create_index(op.f("ix_stop_reservation_id"), "stop", ["reservation_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_stop_reservation_id"), table_name="stop")
    op.drop_table("stop")
    op.drop_index(op.f("ix_message_reservation_id"), table_name="message")
    op.drop_index("ix_message_recipient", table_name="message")
    op.drop_index("ix_message_next_attempt_at", table_name="message")
    op.drop_index(op.f("ix_message_locator"), table_name="message")
    op.drop_table("message")
    op.drop_index(op.f("ix_itinerary_ends_at"), table_name="itinerary")
    op.drop_table("itinerary")
    op.drop_index(op.f("ix_fact_heard_at"), table_name="fact")
    op.drop_table("fact")
    op.drop_index(op.f("ix_correspondence_look_at"), table_name="correspondence")
    op.drop_table("correspondence")
    op.drop_index("ix_idempotency_key_claimed_at", table_name="idempotency_key")
    op.drop_table("idempotency_key")
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
    op.drop_index("ix_audit_entry_subject", table_name="audit_entry")
    op.drop_index("ix_audit_entry_at", table_name="audit_entry")
    op.drop_table("audit_entry")
