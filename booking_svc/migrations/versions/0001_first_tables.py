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
        "saga_run",
        sa.Column("id", columns.BigId, autoincrement=True, nullable=False),
        sa.Column("saga", sa.String(length=20), nullable=False),
        sa.Column("subject_id", columns.BigId, nullable=False),
        sa.Column("correlation_id", sa.Uuid(), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=60), nullable=True),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("began_at", columns.UtcDateTime(), nullable=False),
        sa.Column("deadline", columns.UtcDateTime(), nullable=False),
        sa.Column("ended_at", columns.UtcDateTime(), nullable=True),
        sa.Column("wake_at", columns.UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saga_run")),
    )
    op.create_index(op.f("ix_saga_run_correlation_id"), "saga_run", ["correlation_id"], unique=False)
    op.create_index(op.f("ix_saga_run_wake_at"), "saga_run", ["wake_at"], unique=False)
    op.create_index("uq_saga_run_saga_subject_id", "saga_run", ["saga", "subject_id"], unique=True)
    op.create_table(
        "departure",
        sa.Column("id", columns.BigId, autoincrement=False, nullable=False),
        sa.Column("airline", sa.String(length=3), nullable=False),
        sa.Column("flight_number", sa.Integer(), nullable=False),
        sa.Column("origin", sa.String(length=3), nullable=False),
        sa.Column("destination", sa.String(length=3), nullable=False),
        sa.Column("departs_at", columns.UtcDateTime(), nullable=False),
        sa.Column("departs_local", sa.String(length=25), nullable=False),
        sa.Column("arrives_at", columns.UtcDateTime(), nullable=False),
        sa.Column("arrives_local", sa.String(length=25), nullable=False),
        sa.Column("distance_km", sa.Integer(), nullable=False),
        sa.Column("seat_map_key", columns.exact(60), nullable=False),
        sa.Column("as_of", columns.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_departure")),
    )
    op.create_table(
        "reservation",
        sa.Column("id", columns.BigId, nullable=False),
        sa.Column("locator", columns.exact(6), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("saga", sa.String(length=10), nullable=False),
        sa.Column("correlation_id", sa.Uuid(), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("contact_email", sa.String(length=254), nullable=False),
        sa.Column("created_at", columns.UtcDateTime(), nullable=False),
        sa.Column("pay_by", columns.UtcDateTime(), nullable=False),
        sa.Column("completed_at", columns.UtcDateTime(), nullable=True),
        sa.Column("failure_reason", sa.String(length=60), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reservation")),
        sa.UniqueConstraint("locator", name=op.f("uq_reservation_locator")),
    )
    op.create_index(op.f("ix_reservation_correlation_id"), "reservation", ["correlation_id"], unique=False)
    op.create_index(op.f("ix_reservation_status"), "reservation", ["status"], unique=False)
    op.create_table(
        "seat_map",
        sa.Column("key", columns.exact(60), nullable=False),
        sa.Column("aircraft", sa.String(length=80), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column("layout", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_seat_map")),
    )
    op.create_table(
        "passenger",
        sa.Column("id", columns.BigId, nullable=False),
        sa.Column("reservation_id", columns.BigId, nullable=False),
        sa.Column("place", sa.SmallInteger(), nullable=False),
        sa.Column("first_name", sa.String(length=60), nullable=False),
        sa.Column("last_name", sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(["reservation_id"], ["reservation.id"], name=op.f("fk_passenger_reservation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passenger")),
    )
    op.create_index(op.f("ix_passenger_reservation_id"), "passenger", ["reservation_id"], unique=False)
    op.create_table(
        "seat",
        sa.Column("id", columns.BigId, nullable=False),
        sa.Column("departure_id", columns.BigId, nullable=False),
        sa.Column("seat_number", columns.exact(4), nullable=False),
        sa.Column("reservation_id", columns.BigId, nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.ForeignKeyConstraint(["departure_id"], ["departure.id"], name=op.f("fk_seat_departure_id")),
        sa.ForeignKeyConstraint(["reservation_id"], ["reservation.id"], name=op.f("fk_seat_reservation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seat")),
        sa.UniqueConstraint("departure_id", "seat_number", name=op.f("uq_seat_departure_id_seat_number")),
    )
    op.create_index(op.f("ix_seat_reservation_id"), "seat", ["reservation_id"], unique=False)
    op.create_table(
        "seen_payment",
        sa.Column("reservation_id", columns.BigId, nullable=False),
        sa.Column("part", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("auth_id", sa.String(length=40), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=60), nullable=True),
        sa.ForeignKeyConstraint(["reservation_id"], ["reservation.id"], name=op.f("fk_seen_payment_reservation_id")),
        sa.PrimaryKeyConstraint("reservation_id", "part", name=op.f("pk_seen_payment")),
    )
    op.create_table(
        "coupon",
        sa.Column("id", columns.BigId, nullable=False),
        sa.Column("reservation_id", columns.BigId, nullable=False),
        sa.Column("passenger_id", columns.BigId, nullable=False),
        sa.Column("departure_id", columns.BigId, nullable=False),
        sa.Column("seat_number", columns.exact(4), nullable=False),
        sa.Column("cabin", sa.String(length=10), nullable=False),
        sa.Column("fare_minor", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["departure_id"], ["departure.id"], name=op.f("fk_coupon_departure_id")),
        sa.ForeignKeyConstraint(["passenger_id"], ["passenger.id"], name=op.f("fk_coupon_passenger_id")),
        sa.ForeignKeyConstraint(["reservation_id"], ["reservation.id"], name=op.f("fk_coupon_reservation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coupon")),
    )
    op.create_index(op.f("ix_coupon_departure_id"), "coupon", ["departure_id"], unique=False)
    op.create_index(op.f("ix_coupon_reservation_id"), "coupon", ["reservation_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_coupon_reservation_id"), table_name="coupon")
    op.drop_index(op.f("ix_coupon_departure_id"), table_name="coupon")
    op.drop_table("coupon")
    op.drop_table("seen_payment")
    op.drop_index(op.f("ix_seat_reservation_id"), table_name="seat")
    op.drop_table("seat")
    op.drop_index(op.f("ix_passenger_reservation_id"), table_name="passenger")
    op.drop_table("passenger")
    op.drop_table("seat_map")
    op.drop_index(op.f("ix_reservation_status"), table_name="reservation")
    op.drop_index(op.f("ix_reservation_correlation_id"), table_name="reservation")
    op.drop_table("reservation")
    op.drop_table("departure")
    op.drop_index("uq_saga_run_saga_subject_id", table_name="saga_run")
    op.drop_index(op.f("ix_saga_run_wake_at"), table_name="saga_run")
    op.drop_index(op.f("ix_saga_run_correlation_id"), table_name="saga_run")
    op.drop_table("saga_run")
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
