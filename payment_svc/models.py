"""Tables of payment_svc: payments, refunds, wallets with their ledger, and what it knows of reservations."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    MetaData,
    SmallInteger,
    String,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from common.columns import NAMES, BigId, UtcDateTime, Word, exact
from common.db import Database
from common.money import Money
from payment_svc.domain import Goal, PayableState, Status

database = Database("payment")


Exact = exact(64)


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMES)


class Payment(Base):
    """One authorization of one method for one reservation."""

    __tablename__ = "payment"
    __table_args__ = (UniqueConstraint("reservation_id", "part"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    #: The public name; the provider knows the payment by it, and every ask's key begins with it.
    auth_id: Mapped[str] = mapped_column(Exact, unique=True)
    reservation_id: Mapped[int] = mapped_column(BigInteger)
    part: Mapped[int] = mapped_column(SmallInteger)
    correlation_id: Mapped[UUID] = mapped_column(Uuid())
    #: card, wallet or crypto; None: voided before it was ever asked for.
    kind: Mapped[str | None] = mapped_column(String(10))
    token: Mapped[str | None] = mapped_column(Exact)
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    status: Mapped[Status] = mapped_column(Word(Status))
    goal: Mapped[Goal] = mapped_column(Word(Goal))
    #: Why it failed or was voided.
    reason: Mapped[str | None] = mapped_column(String(60))
    provider_ref: Mapped[str | None] = mapped_column(Exact)
    #: Where an invoice is to be paid.
    address: Mapped[str | None] = mapped_column(String(120))
    #: How long its invoice can be paid, in seconds: worked out once, because a repeated ask must be the same ask.
    invoice_seconds: Mapped[int | None]
    pay_by: Mapped[datetime | None] = mapped_column(UtcDateTime())
    created_at: Mapped[datetime] = mapped_column(UtcDateTime())
    #: When the sweep works on it next; NULL when status and goal agree.
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime(), index=True)
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0)

    @property
    def money(self) -> Money:
        return Money(self.amount_minor, self.currency)


class Refund(Base):
    """Captured money on its way back, all or a part of it."""

    __tablename__ = "refund"
    # A reservation is cancelled once, however often the command about it comes.
    __table_args__ = (UniqueConstraint("payment_id", "cause"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    payment_id: Mapped[int] = mapped_column(ForeignKey("payment.id"), index=True)
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    reason: Mapped[str] = mapped_column(String(60))
    #: What it is asked for by, if that asks for one refund only.
    cause: Mapped[str | None] = mapped_column(String(20))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime())
    issued_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    #: When the sweep works on it next; NULL once it is issued, and while its payment is not captured yet.
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime(), index=True)
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0)

    payment: Mapped[Payment] = relationship(lazy="joined", innerjoin=True)

    @property
    def money(self) -> Money:
        return Money(self.amount_minor, self.payment.currency)


class Wallet(Base):
    """Money we keep for somebody: `available` to spend, `held` for authorized payments."""

    __tablename__ = "wallet"
    __table_args__ = (
        CheckConstraint("available_minor >= 0", name="available"),
        CheckConstraint("held_minor >= 0", name="held"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    token: Mapped[str] = mapped_column(Exact, unique=True)
    #: The name of the caller who opened it; empty for wallets from before there were owners.
    owner: Mapped[str | None] = mapped_column(exact(80))
    currency: Mapped[str] = mapped_column(String(3))
    available_minor: Mapped[int] = mapped_column(BigInteger)
    held_minor: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime())

    @property
    def available(self) -> Money:
        return Money(self.available_minor, self.currency)

    @property
    def held(self) -> Money:
        return Money(self.held_minor, self.currency)


class WalletEntry(Base):
    """One line of a wallet's ledger; lines are added and never changed."""

    __tablename__ = "wallet_entry"
    # A payment does each act once; deposits and refunds, which may come again, have a name of their own.
    __table_args__ = (UniqueConstraint("wallet_id", "act", "cause"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    wallet_id: Mapped[int] = mapped_column(ForeignKey("wallet.id"))
    #: deposit, hold, release, capture or refund.
    act: Mapped[str] = mapped_column(String(10))
    #: The payment, refund or deposit it was for.
    cause: Mapped[str] = mapped_column(Exact)
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[datetime] = mapped_column(UtcDateTime())


class Payable(Base):
    """What booking_svc told about a reservation: what it costs, until when, and how it ended."""

    __tablename__ = "payable"

    reservation_id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    locator: Mapped[str | None] = mapped_column(Exact, index=True)
    #: Whose the reservation is, if somebody was logged in, and the IATA codes of the airlines that fly it.
    owner: Mapped[str | None] = mapped_column(exact(80))
    airlines: Mapped[list[str] | None] = mapped_column(JSON())
    correlation_id: Mapped[UUID] = mapped_column(Uuid())
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    pay_by: Mapped[datetime | None] = mapped_column(UtcDateTime())
    pay_later: Mapped[bool]
    state: Mapped[PayableState] = mapped_column(Word(PayableState))
    reason: Mapped[str | None] = mapped_column(String(60))
