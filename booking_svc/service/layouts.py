"""Layouts of aircraft, read once in each process: the same key always means the same layout."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from booking_svc.models import KnownSeatMap
from common.contracts.seat_map import SeatMap

# As many as an airline has kinds of aircraft: some dozens, of a few thousand seats each at most.
_read: dict[str, SeatMap] = {}


def layout(session: Session, key: str) -> SeatMap | None:
    """Return the layout of this key; None as long as flight_svc has not told it."""
    if key not in _read:
        told = session.scalar(select(KnownSeatMap.layout).where(KnownSeatMap.key == key))
        if told is None:
            return None
        _read[key] = SeatMap.from_dict(told)
    return _read[key]
