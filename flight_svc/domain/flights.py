"""What a departure may be, what can be wrong with it or a schedule, and where airports keep their clocks."""

from enum import StrEnum
from functools import lru_cache

import airportsdata

from common.errors import Conflict, NotFound, Rejected

# A departure that would leave more than two days late is cancelled, and another one put on sale.
MOST_MINUTES = 48 * 60


class Status(StrEnum):
    """scheduled -> delayed -> cancelled, where delayed may be left out; cancelled is for good."""

    SCHEDULED = "scheduled"
    DELAYED = "delayed"
    CANCELLED = "cancelled"


class UnknownDeparture(NotFound):
    """Raised when there is no departure of a number."""


class DepartureIsCancelled(Conflict):
    """Raised when a departure that is cancelled for good is asked to be something else."""

    code = "departure_cancelled"


class BadDelay(Rejected):
    """Raised when the new time of a departure cannot be read, or is not after that of the timetable."""

    code = "bad_delay"


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
