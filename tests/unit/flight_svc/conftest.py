"""The tables of flight_svc in memory, and a departure on sale in them."""

from datetime import date
from uuid import uuid4

import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from common import codec
from common.columns import SHARED
from flight_svc.models import Base
from flight_svc.service import scheduling

WINTER_DAY = date(2026, 12, 1)


def a_row(**changes) -> dict:
    row = {
        "airline": "AA",
        "flight_number": 1,
        "origin": "JFK",
        "destination": "LAX",
        "departs": "08:30",
        "arrives": "11:45",
        "aircraft": "Boeing 737-800",
        "seats": 172,
        "distance_km": 3983,
    }
    return {**row, **changes}


def put(session: Session, *rows: dict, day: date = WINTER_DAY) -> dict:
    return scheduling.schedule(session, day=day, rows=rows, correlation_id=uuid4())


@pytest.fixture
def session():
    engine = create_engine("sqlite://", json_serializer=codec.dumps, json_deserializer=codec.loads)
    Base.metadata.create_all(engine)
    SHARED.create_all(engine)
    with Session(engine) as opened:
        yield opened
    engine.dispose()
