"""JSON as this project writes it: exact decimals, UTC times with microseconds, UUIDs as text."""

from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

import simplejson


def dumps(value: Any) -> str:
    """Return `value` as compact JSON; a Decimal becomes a JSON number with all of its digits."""
    return simplejson.dumps(
        value,
        use_decimal=True,
        separators=(",", ":"),
        default=_plain,
        ensure_ascii=False,
        allow_nan=False,
        iterable_as_array=False,
    )


def loads(text: str | bytes) -> Any:
    """
    Return the value of a JSON text; a number with a fraction becomes a Decimal, never a float.

    :raises ValueError: if `text` is not JSON (NaN and Infinity are not), or no machine could hold what it says
    """
    try:
        return simplejson.loads(text, use_decimal=True, allow_nan=False)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    except ArithmeticError:
        raise ValueError("a number with an exponent beyond all bounds") from None


def utc_text(moment: datetime) -> str:
    """Return an aware time as `2026-12-01T13:30:00.000000Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def moment(text: str) -> datetime:
    """Return the time that `utc_text` wrote."""
    return datetime.fromisoformat(text).astimezone(UTC)


def _plain(value: Any) -> Any:
    match value:
        case datetime():
            return utc_text(value)
        case date():
            return value.isoformat()
        case UUID():
            return str(value)
        case Enum():
            return value.value
        case Decimal():  # simplejson handles it first; kept so that nobody adds a float here
            return value
    raise TypeError(f"{type(value).__name__} has no JSON form here")
