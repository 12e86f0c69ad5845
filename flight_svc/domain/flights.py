"""What can be wrong with a flight or a schedule, and where airports keep their clocks."""

from functools import lru_cache

import airportsdata

from common.errors import NotFound, Rejected


class UnknownDeparture(NotFound):
    """Raised when there is no departure of a number."""


class BadSchedule(Rejected):
    """Raised when a row of a schedule cannot be flown; `row` counts from 1."""

    code = "bad_schedule"


def zone_of(airport: str) -> str:
    """
    Return the IANA time zone of an airport; source: the airportsdata package.

    :raises LookupError: if there is no airport of this code
    """
    return _airports()[airport]["tz"]


@lru_cache
def _airports() -> dict[str, airportsdata.Airport]:
    return airportsdata.load("IATA")
