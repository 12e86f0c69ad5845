"""What booking_svc knows of fares, and what a seat costs by them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, cast

from sqlalchemy import Row, Table, bindparam, select, tuple_
from sqlalchemy.orm import Session

from booking_svc.models import Departure, KnownFare
from common.columns import now
from common.contracts.fare import FareUpdated
from common.contracts.tariff import Family, Fare, Rule, Season, cheapest
from common.db import upsert
from common.messages import newest
from common.money import Money

Route = tuple[str, str, str]

# Columns, since an object of each fare would cost more than all else that is done with it.
_FARE = cast("Table", KnownFare.__table__)
_BASIC = select(_FARE).where(
    tuple_(_FARE.c.airline, _FARE.c.origin, _FARE.c.destination).in_(bindparam("routes", expanding=True)),
    _FARE.c.family == Family.BASIC,
    _FARE.c.currency == bindparam("currency"),
    _FARE.c.withdrawn.is_(False),
)


@dataclass(frozen=True, kw_only=True)
class Tariffs:
    """The Basic fares of some routes, in one currency, as they can be bought `today` (UTC)."""

    by_route: Mapping[Route, Sequence[Fare]]
    today: date

    def basic(self, departure: Departure, cabin: str) -> Fare | None:
        """Return the cheapest Basic fare of a cabin, which a plain booking is made at; None if none is sold."""
        return cheapest(
            self.by_route.get(_route(departure), ()),
            flight_number=departure.flight_number,
            cabin=cabin,
            family=Family.BASIC,
            travel=travel_date(departure),
            today=self.today,
        )


def note_fares(session: Session, events: Sequence[FareUpdated]) -> None:
    """Remember fares, or what has changed about them; older news than what is known changes nothing."""
    upsert(
        session,
        KnownFare,
        [
            {
                "id": event.fare_id,
                "airline": event.airline,
                "origin": event.origin,
                "destination": event.destination,
                "flight_number": event.flight_number,
                "cabin": event.cabin,
                "family": Family(event.family),
                "amount_minor": Money.of(event.amount, event.currency).minor,
                "currency": event.currency,
                "refundable": event.refundable,
                "refund_fee_minor": Money.of(event.refund_fee, event.currency).minor,
                "changeable": event.changeable,
                "change_fee_minor": Money.of(event.change_fee, event.currency).minor,
                "advance_purchase_days": event.advance_purchase_days,
                "valid_from": event.valid_from,
                "valid_until": event.valid_until,
                "seasons": [
                    {"starts": each.starts, "ends": each.ends, "factor": each.factor} for each in event.seasons
                ],
                "withdrawn": event.withdrawn,
                "as_of": event.occurred_at,
            }
            for event in newest(events, of=lambda event: event.fare_id)
        ],
        only_if_newer="as_of",
    )


def tariffs_for(session: Session, *, departures: Iterable[Departure], currency: str, at: datetime) -> Tariffs:
    """Return the Basic fares of the routes of these departures that are not withdrawn, as they can be bought `at`."""
    routes = {_route(departure) for departure in departures}
    found: dict[Route, list[Fare]] = defaultdict(list)
    for row in session.execute(_BASIC, {"routes": list(routes), "currency": currency}):
        found[row.airline, row.origin, row.destination].append(_fare(row))
    return Tariffs(by_route=found, today=at.date())


def withdrawn(session: Session, *, fare_ids: Collection[int]) -> list[int]:
    """Return those of the fares that fare_svc is known to have withdrawn."""
    gone = select(KnownFare.id).where(KnownFare.id.in_(fare_ids), KnownFare.withdrawn).order_by(KnownFare.id)
    return list(session.scalars(gone))


def travel_date(departure: Departure) -> date:
    """Return the local date at the origin, which seasons and validities go by."""
    return departure.local_date


def database_time(session: Session) -> datetime:
    """Return the time by the database's clock."""
    return session.scalar(select(now())) or datetime.now(UTC)


def _route(departure: Departure) -> Route:
    return departure.airline, departure.origin, departure.destination


def _fare(row: Row[Any]) -> Fare:
    return Fare(
        fare_id=row.id,
        airline=row.airline,
        origin=row.origin,
        destination=row.destination,
        flight_number=row.flight_number,
        cabin=row.cabin,
        family=row.family,
        base=Money(row.amount_minor, row.currency),
        rule=Rule(
            refundable=row.refundable,
            refund_fee=Money(row.refund_fee_minor, row.currency),
            changeable=row.changeable,
            change_fee=Money(row.change_fee_minor, row.currency),
        ),
        advance_purchase_days=row.advance_purchase_days,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        seasons=[
            Season(
                starts=date.fromisoformat(each["starts"]), ends=date.fromisoformat(each["ends"]), factor=each["factor"]
            )
            for each in row.seasons
        ],
        withdrawn=row.withdrawn,
    )
