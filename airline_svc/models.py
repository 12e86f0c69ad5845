"""Tables of airline_svc: airlines and airports by their IATA codes."""

from sqlalchemy import Float, MetaData, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from common.columns import NAMES, exact
from common.db import Database

database = Database("airline")


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMES)


class Airline(Base):
    """A carrier."""

    __tablename__ = "airline"

    code: Mapped[str] = mapped_column(exact(3), primary_key=True)
    name: Mapped[str] = mapped_column(String(80))


class Airport(Base):
    """An airport with the time zone its clocks show; latitude and longitude in degrees."""

    __tablename__ = "airport"

    code: Mapped[str] = mapped_column(exact(3), primary_key=True)
    name: Mapped[str] = mapped_column(String(120), index=True)
    city: Mapped[str] = mapped_column(String(80), index=True)
    country: Mapped[str] = mapped_column(String(2))
    latitude: Mapped[float] = mapped_column(Float(asdecimal=False))
    longitude: Mapped[float] = mapped_column(Float(asdecimal=False))
    time_zone: Mapped[str] = mapped_column(String(40))
