"""The database of notification_svc, and what all of its tables have in common."""

from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase

from common.columns import NAMES
from common.db import Database

database = Database("notification")


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMES)
