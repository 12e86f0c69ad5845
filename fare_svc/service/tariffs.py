"""Reads fares as what they mean: with their rule and the seasons that concern them."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from decimal import Decimal

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from common.contracts.tariff import Fare as Tariff
from common.contracts.tariff import Rule
from common.contracts.tariff import Season as Span
from common.money import Money
from fare_svc.domain.quotes import Route
from fare_svc.models import EVERY_FLIGHT, Fare, Season


def known_seasons(session: Session) -> list[Season]:
    """Return every season, by code, so that what is told of a fare never depends on chance."""
    # Read anew, because putting a season goes past the objects.
    wanted = select(Season).order_by(Season.code)
    return list(session.scalars(wanted, execution_options={"populate_existing": True}))


def tariff(fare: Fare, seasons: Sequence[Season]) -> Tariff:
    """Return a fare with its rule and those of `seasons` that concern it."""
    return Tariff(
        fare_id=fare.id,
        airline=fare.airline,
        origin=fare.origin,
        destination=fare.destination,
        flight_number=None if fare.flight_number == EVERY_FLIGHT else fare.flight_number,
        cabin=fare.cabin,
        family=fare.rule.family,
        base=Money(fare.amount_minor, fare.currency),
        rule=Rule(
            refundable=fare.rule.refundable,
            refund_fee=Money(fare.rule.refund_fee_minor, fare.currency),
            changeable=fare.rule.changeable,
            change_fee=Money(fare.rule.change_fee_minor, fare.currency),
        ),
        advance_purchase_days=fare.rule.advance_purchase_days,
        valid_from=fare.valid_from,
        valid_until=fare.valid_until,
        seasons=tuple(
            Span(starts=each.starts, ends=each.ends, factor=Decimal(each.factor_ten_thousandths) / 10_000)
            for each in seasons
            if each.airline in (None, fare.airline)
            and each.origin in (None, fare.origin)
            and each.destination in (None, fare.destination)
        ),
        withdrawn=fare.withdrawn,
    )


def tariffs_of(session: Session, *, routes: Collection[Route], cabin: str, currency: str) -> dict[Route, list[Tariff]]:
    """Return what is on sale in a cabin and currency on each of these (airline, origin, destination)."""
    seasons = known_seasons(session)
    rows = session.scalars(
        select(Fare).where(
            tuple_(Fare.airline, Fare.origin, Fare.destination).in_(list(routes)),
            Fare.cabin == cabin,
            Fare.currency == currency,
            Fare.withdrawn.is_(False),
        )
    )
    found: dict[Route, list[Tariff]] = defaultdict(list)
    for fare in rows:
        found[fare.airline, fare.origin, fare.destination].append(tariff(fare, seasons))
    return found
