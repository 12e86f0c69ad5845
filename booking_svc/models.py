"""Tables of booking_svc: reservations with their passengers, coupons and seats, and what it knows from others."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    JSON,
    BigInteger,
    Date,
    ForeignKey,
    Index,
    MetaData,
    SmallInteger,
    String,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from booking_svc.domain.departures import DepartureStatus
from booking_svc.domain.reservations import LOCATOR_LENGTH, SeatState, Status
from common.columns import NAMES, BigId, UtcDateTime, Word, exact
from common.contracts.tariff import Family, Rule
from common.db import Database
from common.money import Money

database = Database("booking")


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMES)


class Reservation(Base):
    """Passengers x departures x seats under one locator."""

    __tablename__ = "reservation"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    locator: Mapped[str] = mapped_column(exact(LOCATOR_LENGTH), unique=True)
    status: Mapped[Status] = mapped_column(Word(Status), index=True)
    #: Which saga carries it: book (pays now) or hold (pays later).
    saga: Mapped[str] = mapped_column(String(10))
    correlation_id: Mapped[UUID] = mapped_column(Uuid(), index=True)
    price_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    #: The name of the caller who was logged in and made it; empty for a guest's, which its access token opens.
    owner: Mapped[str | None] = mapped_column(exact(80), index=True)
    contact_email: Mapped[str] = mapped_column(String(254), index=True)
    #: E.164, if they want to be written to there as well.
    contact_phone: Mapped[str | None] = mapped_column(String(16))
    #: The ISO 639-1 code of the language they are written to in.
    contact_language: Mapped[str] = mapped_column(String(2), default="en", server_default="en")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime())
    pay_by: Mapped[datetime] = mapped_column(UtcDateTime())
    #: When it was confirmed or failed.
    completed_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    failure_reason: Mapped[str | None] = mapped_column(String(60))
    #: What goes back of its price, if it was given up after it was confirmed.
    refund_minor: Mapped[int | None] = mapped_column(BigInteger)
    #: The offer it was made from, if it was.
    offer_id: Mapped[str | None] = mapped_column(exact(40))

    passengers: Mapped[list["Passenger"]] = relationship(order_by="Passenger.place", lazy="selectin")
    coupons: Mapped[list["Coupon"]] = relationship(order_by="Coupon.id", lazy="selectin")
    payments: Mapped[list["SeenPayment"]] = relationship(order_by="SeenPayment.part", lazy="selectin")
    refunds: Mapped[list["SeenRefund"]] = relationship(order_by="SeenRefund.issued_at", lazy="selectin")

    @property
    def price(self) -> Money:
        return Money(self.price_minor, self.currency)

    @property
    def pay_later(self) -> bool:
        """Whether it holds its seats until somebody pays."""
        return self.saga == "hold"

    @property
    def refund_due(self) -> Money | None:
        """What goes back of its price, if it was given up after it was confirmed."""
        return None if self.refund_minor is None else Money(self.refund_minor, self.currency)


class Passenger(Base):
    """Somebody who flies."""

    __tablename__ = "passenger"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    reservation_id: Mapped[int] = mapped_column(ForeignKey("reservation.id"), index=True)
    place: Mapped[int] = mapped_column(SmallInteger)
    first_name: Mapped[str] = mapped_column(String(60))
    last_name: Mapped[str] = mapped_column(String(60))


class Coupon(Base):
    """One passenger on one departure, with the seat asked for and its fare; stays when the seat is released."""

    __tablename__ = "coupon"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    reservation_id: Mapped[int] = mapped_column(ForeignKey("reservation.id"), index=True)
    passenger_id: Mapped[int] = mapped_column(ForeignKey("passenger.id"))
    departure_id: Mapped[int] = mapped_column(ForeignKey("departure.id"), index=True)
    seat_number: Mapped[str] = mapped_column(exact(4))
    cabin: Mapped[str] = mapped_column(String(10))
    fare_minor: Mapped[int] = mapped_column(BigInteger)
    #: The fare it was bought at and its rule as it was then; empty for coupons from before there were fares.
    fare_id: Mapped[int | None] = mapped_column(BigInteger)
    family: Mapped[Family | None] = mapped_column(Word(Family))
    currency: Mapped[str | None] = mapped_column(String(3))
    refundable: Mapped[bool | None]
    refund_fee_minor: Mapped[int | None] = mapped_column(BigInteger)
    changeable: Mapped[bool | None]
    change_fee_minor: Mapped[int | None] = mapped_column(BigInteger)

    passenger: Mapped["Passenger"] = relationship(lazy="joined")
    departure: Mapped["Departure"] = relationship(lazy="joined")

    @property
    def rule(self) -> Rule | None:
        """What its buyer may do, if it was bought at a fare."""
        if self.currency is None:
            return None
        return Rule(
            refundable=bool(self.refundable),
            refund_fee=Money(self.refund_fee_minor or 0, self.currency),
            changeable=bool(self.changeable),
            change_fee=Money(self.change_fee_minor or 0, self.currency),
        )


class Seat(Base):
    """A claim on one place of one departure; the row is there for as long as the claim is."""

    __tablename__ = "seat"
    # This is what makes a double sale impossible; everything else only makes it polite.
    __table_args__ = (UniqueConstraint("departure_id", "seat_number"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    departure_id: Mapped[int] = mapped_column(ForeignKey("departure.id"))
    seat_number: Mapped[str] = mapped_column(exact(4))
    reservation_id: Mapped[int] = mapped_column(ForeignKey("reservation.id"), index=True)
    state: Mapped[SeatState] = mapped_column(Word(SeatState))


class SeenPayment(Base):
    """What payment_svc answered or told about one payment of a reservation."""

    __tablename__ = "seen_payment"

    reservation_id: Mapped[int] = mapped_column(ForeignKey("reservation.id"), primary_key=True)
    part: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    auth_id: Mapped[str] = mapped_column(String(40))
    status: Mapped[str] = mapped_column(String(12))
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    reason: Mapped[str | None] = mapped_column(String(60))
    #: When its status was heard of; empty for payments from before this was kept.
    heard_at: Mapped[datetime | None] = mapped_column(UtcDateTime())


class SeenRefund(Base):
    """What payment_svc told about money that went back to a payer."""

    __tablename__ = "seen_refund"

    event_id: Mapped[UUID] = mapped_column(Uuid(), primary_key=True)
    reservation_id: Mapped[int] = mapped_column(ForeignKey("reservation.id"), index=True)
    part: Mapped[int] = mapped_column(SmallInteger)
    auth_id: Mapped[str] = mapped_column(String(40))
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    reason: Mapped[str] = mapped_column(String(60))
    issued_at: Mapped[datetime] = mapped_column(UtcDateTime())

    @property
    def money(self) -> Money:
        return Money(self.amount_minor, self.currency)


class Departure(Base):
    """What flight_svc told about a departure."""

    __tablename__ = "departure"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    airline: Mapped[str] = mapped_column(String(3))
    flight_number: Mapped[int]
    origin: Mapped[str] = mapped_column(String(3))
    destination: Mapped[str] = mapped_column(String(3))
    departs_at: Mapped[datetime] = mapped_column(UtcDateTime())
    departs_local: Mapped[str] = mapped_column(String(25))
    arrives_at: Mapped[datetime] = mapped_column(UtcDateTime())
    arrives_local: Mapped[str] = mapped_column(String(25))
    distance_km: Mapped[int]
    seat_map_key: Mapped[str] = mapped_column(exact(60))
    #: The timetable's local date at the origin, which seasons and validities go by; a delay does not change it.
    local_date: Mapped[date] = mapped_column(Date)
    status: Mapped[DepartureStatus] = mapped_column(Word(DepartureStatus))
    #: Why it is delayed or cancelled.
    status_reason: Mapped[str | None] = mapped_column(String(120))
    #: When what stands here was true; an older event changes nothing.
    as_of: Mapped[datetime] = mapped_column(UtcDateTime())


class DepartureChange(Base):
    """The newest delay or cancellation flight_svc told of a departure; may be heard before the departure itself."""

    __tablename__ = "departure_change"

    departure_id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    status: Mapped[DepartureStatus] = mapped_column(Word(DepartureStatus))
    reason: Mapped[str] = mapped_column(String(120))
    #: The new times; None where it is cancelled.
    departs_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    departs_local: Mapped[str | None] = mapped_column(String(25))
    arrives_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    arrives_local: Mapped[str | None] = mapped_column(String(25))
    as_of: Mapped[datetime] = mapped_column(UtcDateTime())


class KnownSeatMap(Base):
    """The layout of an aircraft type, as flight_svc told it; shared by all departures of the type."""

    __tablename__ = "seat_map"

    key: Mapped[str] = mapped_column(exact(60), primary_key=True)
    aircraft: Mapped[str] = mapped_column(String(80))
    seats: Mapped[int]
    layout: Mapped[dict[str, Any]] = mapped_column(JSON())


class KnownFare(Base):
    """What fare_svc told about a fare; `seasons` are `[{starts, ends, factor}]`, those that concern it."""

    __tablename__ = "fare"
    __table_args__ = (Index("ix_fare_route", "airline", "origin", "destination"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    airline: Mapped[str] = mapped_column(String(3))
    origin: Mapped[str] = mapped_column(String(3))
    destination: Mapped[str] = mapped_column(String(3))
    flight_number: Mapped[int | None]
    cabin: Mapped[str] = mapped_column(String(10))
    family: Mapped[Family] = mapped_column(Word(Family))
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    refundable: Mapped[bool]
    refund_fee_minor: Mapped[int] = mapped_column(BigInteger)
    changeable: Mapped[bool]
    change_fee_minor: Mapped[int] = mapped_column(BigInteger)
    advance_purchase_days: Mapped[int]
    valid_from: Mapped[date | None] = mapped_column(Date)
    valid_until: Mapped[date | None] = mapped_column(Date)
    seasons: Mapped[list[dict[str, Any]]] = mapped_column(JSON())
    withdrawn: Mapped[bool]
    #: When what stands here was true; an older event changes nothing.
    as_of: Mapped[datetime] = mapped_column(UtcDateTime())


class CodeRequest(Base):
    """Somebody asked for a code; whether it fits a reservation is looked at later, so that the answer cannot tell."""

    __tablename__ = "code_request"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    locator: Mapped[str] = mapped_column(exact(LOCATOR_LENGTH))
    last_name: Mapped[str] = mapped_column(String(60))
    correlation_id: Mapped[UUID] = mapped_column(Uuid())
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime())
    #: When a sweep looks at it; while one does, it is not due for another.
    due_at: Mapped[datetime] = mapped_column(UtcDateTime(), index=True)


class AccessCode(Base):
    """A code that was mailed to the contact of a reservation; only the newest is good, and only once."""

    __tablename__ = "access_code"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    reservation_id: Mapped[int] = mapped_column(ForeignKey("reservation.id"), index=True)
    #: argon2id; a code itself is kept nowhere.
    digest: Mapped[str] = mapped_column(String(120))
    tries: Mapped[int] = mapped_column(SmallInteger)
    used: Mapped[bool]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime())
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime())


class AccessAttempt(Base):
    """A guess at a code or a request for one, by locator and client address, for the limits of both."""

    __tablename__ = "access_attempt"
    __table_args__ = (
        Index("ix_access_attempt_locator", "door", "locator", "at"),
        Index("ix_access_attempt_address", "door", "address", "at"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    #: code (asking for one) or access (trying one).
    door: Mapped[str] = mapped_column(String(6))
    locator: Mapped[str] = mapped_column(exact(LOCATOR_LENGTH))
    address: Mapped[str] = mapped_column(exact(45))
    at: Mapped[datetime] = mapped_column(UtcDateTime(), index=True)
