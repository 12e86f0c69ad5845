"""Names and time zones of airports; source: the airportsdata package."""

from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import airportsdata


@cache
def _airports() -> dict[str, Any]:
    return dict(airportsdata.load("IATA"))


def name_of(code: str) -> str:
    """Return the city of an airport with its code, such as "New York (JFK)"; the code alone if it is not known."""
    known = _airports().get(code)
    return f"{known['city']} ({code})" if known and known["city"] else code


def zone_of(code: str) -> ZoneInfo:
    """Return the time zone of an airport, UTC if it is not known."""
    known = _airports().get(code)
    return ZoneInfo(known["tz"] if known else "UTC")
