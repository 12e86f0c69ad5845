"""Putting fares, rules and seasons on sale, withdrawing them, and telling of every fare that is different for it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, false, func, or_, select, true, tuple_
from sqlalchemy.orm import Session

from common import outbox
from common.contracts.fare import FareSeason, FareUpdated
from common.contracts.tariff import Fare as Tariff
from common.db import upsert
from common.money import Money
from fare_svc.domain.fares import BadFare, BadSeason, UnknownFare
from fare_svc.models import EVERY_FLIGHT, Fare, Rule, Season
from fare_svc.service.tariffs import known_seasons, tariff

Names = tuple[str, str, str, int, str, str]
Counts = dict[str, int]

_NAMES = (Fare.airline, Fare.origin, Fare.destination, Fare.flight_number, Fare.cabin, Fare.rule_code)


def put_rules(session: Session, *, rows: Sequence[Mapping[str, Any]], correlation_id: UUID) -> Counts:
    """
    Make the rules be as `rows` say; tell of the fares that follow a rule that changed. Return how many were which.

    :raises WrongAmount: if a fee is no amount of its currency
    :raises BadFare: if a rule that has fares would get another currency than theirs
    """
    wanted = {row["code"]: _rule_columns(row) for row in rows}
    stored = {rule.code: rule for rule in _lock_rules(session, wanted)}
    changed = [code for code, rule in stored.items() if _differs(rule, wanted[code])]
    new = [code for code in wanted if code not in stored]
    upsert(session, Rule, [wanted[code] for code in [*new, *changed]])
    # Read anew, because the statement above went past the objects.
    followers = select(Fare).where(Fare.rule_code.in_(changed)).order_by(Fare.id)
    following = list(session.scalars(followers, execution_options={"populate_existing": True}))
    for fare in following:
        if fare.currency != fare.rule.currency:
            raise BadFare(f"Rule {fare.rule_code} has fares in {fare.currency}, so its fees must be in it too.")
    _tell(session, following, correlation_id=correlation_id)
    return _counted(wanted, new=new, changed=changed)


def put_seasons(session: Session, *, rows: Sequence[Mapping[str, Any]], correlation_id: UUID) -> Counts:
    """
    Make the seasons be as `rows` say; tell of every fare that one concerns, or did. Return how many were which.

    A season ends early by being put again with another end, or with a factor of 1.

    :raises BadSeason: if one ends before it begins
    """
    for place, row in enumerate(rows, start=1):
        if row["ends"] < row["starts"]:
            raise BadSeason(f"Row {place}: the season ends on {row['ends']}, before it begins.", row=place)
    wanted = {row["code"]: _season_columns(row) for row in rows}
    # Every rule, and with it every fare: nobody may put a fare by the seasons of a moment ago meanwhile.
    _lock_rules(session, None)
    stored = {season.code: season for season in session.scalars(select(Season).where(Season.code.in_(wanted)))}
    changed = [code for code, season in stored.items() if _differs(season, wanted[code])]
    new = [code for code in wanted if code not in stored]
    scopes = [_scope(stored[code].airline, stored[code].origin, stored[code].destination) for code in changed]
    scopes += [
        _scope(wanted[code]["airline"], wanted[code]["origin"], wanted[code]["destination"])
        for code in [*new, *changed]
    ]
    upsert(session, Season, [wanted[code] for code in [*new, *changed]])
    concerned = session.scalars(select(Fare).where(or_(false(), *scopes)).order_by(Fare.id))
    _tell(session, list(concerned), correlation_id=correlation_id)
    return _counted(wanted, new=new, changed=changed)


def put_fares(session: Session, *, rows: Sequence[Mapping[str, Any]], correlation_id: UUID) -> Counts:
    """
    Make the fares be as `rows` say, and tell of those that are new or changed. Return how many were which.

    A withdrawn fare stays withdrawn unless its row says `withdrawn: false`, so that loading fares again does not
    bring back what somebody took off sale.

    :raises BadFare: if a rule does not exist or has another currency, or a validity ends before it begins
    :raises WrongAmount: if an amount is none of its currency
    """
    rules = {rule.code: rule for rule in _lock_rules(session, {row["rule"] for row in rows})}
    wanted: dict[Names, dict[str, Any]] = {}
    for place, row in enumerate(rows, start=1):
        _check_fare(row, rules.get(row["rule"]), place)
        columns = _fare_columns(row)
        wanted[_names(Fare(**columns))] = columns
    stored = {_names(fare): fare for fare in session.scalars(select(Fare).where(tuple_(*_NAMES).in_(list(wanted))))}
    changed, news = [], []
    for names, columns in wanted.items():
        fare = stored.get(names)
        if fare is None:
            fare = Fare(**{"withdrawn": False, **columns}, rule=rules[columns["rule_code"]])
            session.add(fare)
            news.append(fare)
        elif _differs(fare, columns):
            for name, value in columns.items():
                setattr(fare, name, value)
            changed.append(fare)
    session.flush()  # for the keys of the new fares, which their events name
    _tell(session, [*news, *changed], correlation_id=correlation_id)
    return _counted(wanted, new=news, changed=changed)


def withdraw(session: Session, *, fare_id: int, correlation_id: UUID) -> None:
    """
    Take a fare off sale and tell so; does nothing if it is off sale.

    :raises UnknownFare: if there is none of this number
    """
    found = find(session, fare_id=fare_id)
    _lock_rules(session, {found.rule_code})
    session.refresh(found)
    if not found.withdrawn:
        found.withdrawn = True
        _tell(session, [found], correlation_id=correlation_id)


def find(session: Session, *, fare_id: int) -> Fare:
    """
    Return a fare.

    :raises UnknownFare: if there is none of this number
    """
    found = session.get(Fare, fare_id)
    if found is None:
        raise UnknownFare(f"There is no fare {fare_id}.")
    return found


def listing(session: Session, *, wanted: Mapping[str, Any], first: int, count: int) -> tuple[list[Fare], int]:
    """Return `count` fares from place `first` on whose columns are as `wanted`, and how many there are in all."""
    where = [getattr(Fare, name) == value for name, value in wanted.items()]
    total = session.scalar(select(func.count()).select_from(Fare).where(*where)) or 0
    order = (*_NAMES[:3], Fare.cabin, Fare.amount_minor, Fare.id)
    return list(session.scalars(select(Fare).where(*where).order_by(*order).offset(first).limit(count))), total


def seasons(session: Session, *, first: int, count: int) -> tuple[list[Season], int]:
    """Return `count` seasons by when they start from place `first` on, and how many there are in all."""
    total = session.scalar(select(func.count()).select_from(Season)) or 0
    rows = session.scalars(select(Season).order_by(Season.starts, Season.code).offset(first).limit(count))
    return list(rows), total


def rules(session: Session, *, first: int, count: int) -> tuple[list[Rule], int]:
    """Return `count` rules by code from place `first` on, and how many there are in all."""
    total = session.scalar(select(func.count()).select_from(Rule)) or 0
    return list(session.scalars(select(Rule).order_by(Rule.code).offset(first).limit(count))), total


def _lock_rules(session: Session, codes: Iterable[str] | None) -> list[Rule]:
    """Return rules (all of them for None), held until the end of the transaction, always locked in the same order."""
    wanted = select(Rule).order_by(Rule.code).with_for_update()
    if codes is not None:
        wanted = wanted.where(Rule.code.in_(sorted(codes)))
    return list(session.scalars(wanted))


def _tell(session: Session, fares: Sequence[Fare], *, correlation_id: UUID) -> None:
    if fares:
        known = known_seasons(session)
        outbox.record(session, *(_event(tariff(fare, known), correlation_id) for fare in fares))


def _event(fare: Tariff, correlation_id: UUID) -> FareUpdated:
    return FareUpdated(
        correlation_id=correlation_id,
        fare_id=fare.fare_id,
        airline=fare.airline,
        origin=fare.origin,
        destination=fare.destination,
        flight_number=fare.flight_number,
        cabin=fare.cabin,
        family=fare.family.value,
        amount=fare.base.amount,
        currency=fare.base.currency,
        refundable=fare.rule.refundable,
        refund_fee=fare.rule.refund_fee.amount,
        changeable=fare.rule.changeable,
        change_fee=fare.rule.change_fee.amount,
        advance_purchase_days=fare.advance_purchase_days,
        valid_from=fare.valid_from,
        valid_until=fare.valid_until,
        seasons=[FareSeason(starts=each.starts, ends=each.ends, factor=each.factor) for each in fare.seasons],
        withdrawn=fare.withdrawn,
    )


def _rule_columns(row: Mapping[str, Any]) -> dict[str, Any]:
    currency = row["currency"]
    return {
        "code": row["code"],
        "family": row["family"],
        "currency": currency,
        "refundable": row["refundable"],
        "refund_fee_minor": Money.of(row["refund_fee"], currency).minor,
        "changeable": row["changeable"],
        "change_fee_minor": Money.of(row["change_fee"], currency).minor,
        "advance_purchase_days": row["advance_purchase_days"],
    }


def _season_columns(row: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: row[name] for name in ("code", "name", "starts", "ends")}
    scope = {name: row.get(name) for name in ("airline", "origin", "destination")}
    return {**kept, **scope, "factor_ten_thousandths": int(row["factor"] * 10_000)}


def _check_fare(row: Mapping[str, Any], rule: Rule | None, place: int) -> None:
    if rule is None:
        raise BadFare(f"Row {place}: there is no rule {row['rule']}; put it first.", row=place)
    if rule.currency != row["currency"]:
        raise BadFare(
            f"Row {place}: rule {rule.code} has its fees in {rule.currency}, not {row['currency']}.", row=place
        )
    if row["origin"] == row["destination"]:
        raise BadFare(f"Row {place}: a fare from {row['origin']} to itself.", row=place)
    starts, ends = row.get("valid_from"), row.get("valid_until")
    if starts and ends and ends < starts:
        raise BadFare(f"Row {place}: the fare is valid until {ends}, before it begins to be.", row=place)


def _fare_columns(row: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: row[name] for name in ("airline", "origin", "destination", "cabin", "currency")}
    said = {"withdrawn": row["withdrawn"]} if "withdrawn" in row else {}
    return {
        **kept,
        **said,
        "flight_number": row.get("flight_number") or EVERY_FLIGHT,
        "rule_code": row["rule"],
        "amount_minor": Money.of(row["amount"], row["currency"]).minor,
        "valid_from": row.get("valid_from"),
        "valid_until": row.get("valid_until"),
    }


def _names(fare: Fare) -> Names:
    return (fare.airline, fare.origin, fare.destination, fare.flight_number, fare.cabin, fare.rule_code)


def _scope(airline: str | None, origin: str | None, destination: str | None) -> ColumnElement[bool]:
    wanted = {Fare.airline: airline, Fare.origin: origin, Fare.destination: destination}
    return and_(true(), *(column == value for column, value in wanted.items() if value is not None))


def _differs(stored: Any, wanted: Mapping[str, Any]) -> bool:
    return any(getattr(stored, name) != value for name, value in wanted.items())


def _counted(wanted: Mapping[Any, Any], *, new: Sequence[Any], changed: Sequence[Any]) -> Counts:
    return {"created": len(new), "updated": len(changed), "unchanged": len(wanted) - len(new) - len(changed)}
