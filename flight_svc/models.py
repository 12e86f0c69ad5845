"""Tables of flight_svc: flights, their departures, seat maps, and the names of airlines it was told."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Date, ForeignKey, Index, MetaData, String, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from common.columns import NAMES, BigId, UtcDateTime, Word, exact
from common.db import Database
from flight_svc.domain.flights import Status

database = Database("flight")


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMES)


class Flight(Base):
    """A numbered service of an airline between two airports."""

    __tablename__ = "flight"
    __table_args__ = (
        UniqueConstraint("airline", "flight_number", "origin", "destination"),
        Index("ix_flight_origin_destination", "origin", "destination"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    airline: Mapped[str] = mapped_column(String(3))
    flight_number: Mapped[int]
    origin: Mapped[str] = mapped_column(String(3))
    destination: Mapped[str] = mapped_column(String(3))


class Departure(Base):
    """One flight on one local date. The local times carry their airport's offset of that day."""

    __tablename__ = "departure"
    __table_args__ = (UniqueConstraint("flight_id", "local_date"), Index("ix_departure_local_date", "local_date"))

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    flight_id: Mapped[int] = mapped_column(ForeignKey("flight.id"))
    local_date: Mapped[date] = mapped_column(Date)
    departs_at: Mapped[datetime] = mapped_column(UtcDateTime())
    departs_local: Mapped[str] = mapped_column(String(25))
    arrives_at: Mapped[datetime] = mapped_column(UtcDateTime())
    arrives_local: Mapped[str] = mapped_column(String(25))
    distance_km: Mapped[int]
    seat_map_key: Mapped[str] = mapped_column(exact(60), ForeignKey("seat_map.key"))
    #: When the timetable has it leave; `departs_at` is when it does, as far as is known.
    scheduled_departs_at: Mapped[datetime] = mapped_column(UtcDateTime())
    status: Mapped[Status] = mapped_column(Word(Status))
    #: Why it is delayed or cancelled.
    status_reason: Mapped[str | None] = mapped_column(String(120))

    flight: Mapped[Flight] = relationship(lazy="joined", innerjoin=True)
    seat_map: Mapped["DrawnSeatMap"] = relationship(lazy="joined", innerjoin=True)


class DrawnSeatMap(Base):
    """The layout of an aircraft type with a number of seats; many departures share one."""

    __tablename__ = "seat_map"

    key: Mapped[str] = mapped_column(exact(60), primary_key=True)
    aircraft: Mapped[str] = mapped_column(String(80))
    seats: Mapped[int]
    layout: Mapped[dict[str, Any]] = mapped_column(JSON())


class AirlineName(Base):
    """What airline_svc told about an airline."""

    __tablename__ = "airline_name"

    code: Mapped[str] = mapped_column(String(3), primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    #: When that was true; an older event changes nothing.
    as_of: Mapped[datetime] = mapped_column(UtcDateTime())
