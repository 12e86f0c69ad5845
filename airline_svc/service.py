"""The use cases of airline_svc: one keyword-only function each, in the caller's transaction."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import case, func, or_, select
from sqlalchemy.orm import Session

from airline_svc.domain import UnknownCode, check_time_zone
from airline_svc.models import Airline, Airport
from common import outbox
from common.contracts.airline import AirlineUpdated
from common.db import upsert

T = TypeVar("T", Airline, Airport)


def put_airlines(session: Session, *, rows: Sequence[Mapping[str, Any]], correlation_id: UUID) -> dict[str, int]:
    """Make the airlines be as `rows` say; tell of those that are new or changed. Return how many were which."""
    new, changed, same = _sort(session, Airline, rows)
    news = [*new, *changed]
    upsert(session, Airline, news)
    outbox.record(session, *(AirlineUpdated(correlation_id=correlation_id, **row) for row in news))
    return {"created": len(new), "updated": len(changed), "unchanged": len(same)}


def put_airports(session: Session, *, rows: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """
    Make the airports be as `rows` say; return how many were new, changed and as they are.

    :raises UnknownTimeZone: if one is in a zone that does not exist
    """
    for row in rows:
        check_time_zone(row["time_zone"], airport=row["code"])
    new, changed, same = _sort(session, Airport, rows)
    upsert(session, Airport, [*new, *changed])
    return {"created": len(new), "updated": len(changed), "unchanged": len(same)}


def airline(session: Session, *, code: str) -> Airline:
    """
    Return an airline.

    :raises UnknownCode: if there is none of this code
    """
    return _get(session, Airline, code)


def airport(session: Session, *, code: str) -> Airport:
    """
    Return an airport.

    :raises UnknownCode: if there is none of this code
    """
    return _get(session, Airport, code)


def airlines(session: Session, *, first: int, count: int) -> tuple[list[Airline], int]:
    """Return `count` airlines by code from place `first` on, and how many there are in all."""
    total = session.scalar(select(func.count()).select_from(Airline)) or 0
    return list(session.scalars(select(Airline).order_by(Airline.code).offset(first).limit(count))), total


def airports(session: Session, *, text: str | None, first: int, count: int) -> tuple[list[Airport], int]:
    """
    Return airports that `text` may mean, and how many there are.

    The one with this code comes first, then those of the city of this name, those whose code or city begins with it,
    those whose name does, and those with a later word that does: "kennedy" is an airport of New York. Of each of these,
    those that call themselves international come first: by "new" New York and Newark are meant before Newberry.
    """
    wanted: list[Any] = []
    order: list[Any] = [Airport.code]
    if text:
        same = text.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
        begins = f"{same}%"
        place = or_(Airport.code.ilike(begins, escape="\\"), Airport.city.ilike(begins, escape="\\"))
        name = Airport.name.ilike(begins, escape="\\")
        later = or_(*(column.ilike(f"% {begins}", escape="\\") for column in (Airport.city, Airport.name)))
        of_the_world = or_(Airport.name.ilike("%Intl%"), Airport.name.ilike("%International%"))
        wanted = [or_(place, name, later)]
        order = [
            case(
                (func.upper(Airport.code) == text.upper(), 0),
                (Airport.city.ilike(same, escape="\\"), 1),
                (place, 2),
                (name, 3),
                else_=4,
            ),
            case((of_the_world, 0), else_=1),
            Airport.code,
        ]
    total = session.scalar(select(func.count()).select_from(Airport).where(*wanted)) or 0
    found = session.scalars(select(Airport).where(*wanted).order_by(*order).offset(first).limit(count))
    return list(found), total


def _get(session: Session, table: type[T], code: str) -> T:
    found = session.get(table, code)
    if found is None:
        raise UnknownCode(f"There is no {table.__name__.lower()} {code}.")
    return found


def _sort(session: Session, table: Any, rows: Sequence[Mapping[str, Any]]) -> tuple[list[Any], list[Any], list[Any]]:
    """Return the rows that are new, those that differ from what is stored, and those that do not."""
    latest = {row["code"]: dict(row) for row in rows}
    stored = {row.code: row for row in session.scalars(select(table).where(table.code.in_(latest)))}
    new = [row for code, row in latest.items() if code not in stored]
    known = [row for code, row in latest.items() if code in stored]
    changed = [row for row in known if any(getattr(stored[row["code"]], key) != row[key] for key in row)]
    return new, changed, [row for row in known if row not in changed]
