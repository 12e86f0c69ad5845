"""What can be wrong with airlines and airports."""

from functools import cache
from zoneinfo import available_timezones

from common.errors import NotFound, Rejected


class UnknownCode(NotFound):
    """Raised when there is no airline or airport of a code."""


class UnknownTimeZone(Rejected):
    """Raised when an airport is said to be in a time zone that does not exist."""

    code = "unknown_time_zone"


def check_time_zone(name: str, *, airport: str) -> None:
    """
    Return if `name` is a zone of the IANA time zone database.

    :raises UnknownTimeZone: if it is not
    """
    if name not in _time_zones():
        raise UnknownTimeZone(f"Airport {airport}: {name!r} is not an IANA time zone, such as America/New_York.")


@cache
def _time_zones() -> set[str]:
    # Reading the database's index takes milliseconds, and there is one question for each of some 1,500 airports.
    return available_timezones()
