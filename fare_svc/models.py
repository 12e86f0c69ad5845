"""Tables of fare_svc: fares with their rules, seasons, and the departures it was told of."""

from datetime import date, datetime

from sqlalchemy import JSON, BigInteger, Date, ForeignKey, Index, MetaData, String, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from common.columns import NAMES, BigId, UtcDateTime, Word, exact
from common.contracts.tariff import Family
from common.db import Database

database = Database("fare")

#: The flight number of a fare that is for every flight of its route: a NULL would escape the unique key.
EVERY_FLIGHT = 0


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMES)


class Rule(Base):
    """What the buyer of a fare may do and when it must be bought; many fares share one."""

    __tablename__ = "rule"

    code: Mapped[str] = mapped_column(exact(20), primary_key=True)
    family: Mapped[Family] = mapped_column(Word(Family))
    currency: Mapped[str] = mapped_column(String(3))
    refundable: Mapped[bool]
    refund_fee_minor: Mapped[int] = mapped_column(BigInteger)
    changeable: Mapped[bool]
    change_fee_minor: Mapped[int] = mapped_column(BigInteger)
    advance_purchase_days: Mapped[int]


class Season(Base):
    """From `starts` to `ends`, both included, fares cost more or less; of one airline or route, or of all."""

    __tablename__ = "season"

    code: Mapped[str] = mapped_column(exact(40), primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    starts: Mapped[date] = mapped_column(Date)
    ends: Mapped[date] = mapped_column(Date)
    #: 12500 is 1.25: whole numbers are exact in every database.
    factor_ten_thousandths: Mapped[int]
    airline: Mapped[str | None] = mapped_column(String(3))
    origin: Mapped[str | None] = mapped_column(String(3))
    destination: Mapped[str | None] = mapped_column(String(3))


class Fare(Base):
    """What a cabin of an airline's route, or of one flight of it, costs one passenger under a rule."""

    __tablename__ = "fare"
    __table_args__ = (
        UniqueConstraint(
            *("airline", "origin", "destination", "flight_number", "cabin", "rule_code"), name="uq_fare_names"
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    airline: Mapped[str] = mapped_column(String(3))
    origin: Mapped[str] = mapped_column(String(3))
    destination: Mapped[str] = mapped_column(String(3))
    flight_number: Mapped[int]
    cabin: Mapped[str] = mapped_column(String(10))
    rule_code: Mapped[str] = mapped_column(exact(20), ForeignKey("rule.code"), index=True)
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    valid_from: Mapped[date | None] = mapped_column(Date)
    valid_until: Mapped[date | None] = mapped_column(Date)
    withdrawn: Mapped[bool]

    rule: Mapped[Rule] = relationship(lazy="joined", innerjoin=True)


class Departure(Base):
    """What flight_svc told about a departure; `local_date` is the timetable's at the origin, whatever the delay."""

    __tablename__ = "departure"
    __table_args__ = (
        Index("ix_departure_origin_local_date", "origin", "local_date"),
        Index("ix_departure_origin_departs_at", "origin", "departs_at"),
        Index("ix_departure_destination_departs_at", "destination", "departs_at"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    airline: Mapped[str] = mapped_column(String(3))
    flight_number: Mapped[int]
    origin: Mapped[str] = mapped_column(String(3))
    destination: Mapped[str] = mapped_column(String(3))
    local_date: Mapped[date] = mapped_column(Date)
    departs_at: Mapped[datetime] = mapped_column(UtcDateTime())
    departs_local: Mapped[str] = mapped_column(String(25))
    arrives_at: Mapped[datetime] = mapped_column(UtcDateTime())
    arrives_local: Mapped[str] = mapped_column(String(25))
    seat_map_key: Mapped[str] = mapped_column(exact(60))
    cancelled: Mapped[bool]
    #: When what stands here was true; an older event changes nothing.
    as_of: Mapped[datetime] = mapped_column(UtcDateTime())


class DepartureChange(Base):
    """The newest delay or cancellation flight_svc told of a departure; may be heard before the departure itself."""

    __tablename__ = "departure_change"

    departure_id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    cancelled: Mapped[bool]
    #: The new times; None where it is cancelled.
    departs_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    departs_local: Mapped[str | None] = mapped_column(String(25))
    arrives_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    arrives_local: Mapped[str | None] = mapped_column(String(25))
    as_of: Mapped[datetime] = mapped_column(UtcDateTime())


class KnownSeatMap(Base):
    """Which cabins the layout of an aircraft has, as flight_svc told it."""

    __tablename__ = "seat_map"

    key: Mapped[str] = mapped_column(exact(60), primary_key=True)
    #: How many seats each cabin has, by its name.
    cabins: Mapped[dict[str, int]] = mapped_column(JSON())
