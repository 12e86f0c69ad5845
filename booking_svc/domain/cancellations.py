"""What comes back when a reservation is given up: by the rule of each coupon's fare, to the smallest unit."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from common.contracts.tariff import Rule
from common.errors import Conflict
from common.money import Money


class NotCancellable(Conflict):
    """Raised when a reservation cannot be given up: it is over, just being paid, or its journey has begun."""

    code = "not_cancellable"


class QuoteOutdated(Conflict):
    """Raised when a cancellation is confirmed by a quote that is not how things are now; `quote` is the new one."""

    code = "quote_outdated"


@dataclass(frozen=True, kw_only=True)
class Flown:
    """A coupon as far as its refund goes: what it cost, its fare's rule, and whether its flight is cancelled."""

    departure_id: int
    flight: str
    passenger: int
    seat_number: str
    price: Money
    rule: Rule | None
    cancelled: bool


@dataclass(frozen=True, kw_only=True)
class Line:
    """What comes back of one coupon, and why, in plain words; `fee` is what is kept of its price."""

    departure_id: int
    passenger: int
    seat_number: str
    price: Money
    fee: Money
    refund: Money
    words: str


@dataclass(frozen=True, kw_only=True)
class Quote:
    """
    What comes back of a whole reservation if it is given up before `until` (UTC; None: whenever).

    `name` is a digest of everything it says: who confirms it by its name confirms exactly that.
    """

    locator: str
    status: str
    lines: Sequence[Line]
    price: Money
    fee: Money
    refund: Money
    until: datetime | None

    @property
    def name(self) -> str:
        said = json.dumps(asdict(self), sort_keys=True, default=str)
        return f"q_{hashlib.sha256(said.encode()).hexdigest()[:32]}"


def of_confirmed(*, locator: str, coupons: Sequence[Flown], price: Money, until: datetime) -> Quote:
    """
    Return what comes back of a confirmed reservation.

    If one of its departures does not fly, all of it comes back: who booked a journey is not kept to a half of it.
    """
    disrupted = any(coupon.cancelled for coupon in coupons)
    lines = [_given_back(coupon) if disrupted else _by_rule(coupon) for coupon in coupons]
    refund = Money(sum(line.refund.minor for line in lines), price.currency)
    return Quote(
        locator=locator,
        status="confirmed",
        lines=lines,
        price=price,
        fee=price - refund,
        refund=refund,
        until=None if disrupted else until,
    )


def of_hold(*, locator: str, coupons: Sequence[Flown], price: Money, until: datetime) -> Quote:
    """Return what comes back of a hold, which is not paid: nothing; what is set aside for it is let go."""
    nothing = Money(0, price.currency)
    lines = [
        _line(coupon, fee=nothing, refund=nothing, words="Not paid yet: nothing to give back.") for coupon in coupons
    ]
    return Quote(locator=locator, status="pending", lines=lines, price=price, fee=nothing, refund=nothing, until=until)


def shares_back(paid: Sequence[int], refund: int) -> list[int]:
    """
    Return what goes back of each payment, in minor units: in proportion to what it paid, and together `refund`.

    What rounding leaves goes to the payments that it cut most, the earlier of two first. No payment gives back more
    than it paid.

    :raises ValueError: if `refund` is less than nothing or more than was paid
    """
    total = sum(paid)
    if not 0 <= refund <= total:
        raise ValueError(f"{refund} of {total} cannot go back")
    if not total:
        return [0 for _ in paid]
    shares = [amount * refund // total for amount in paid]
    cut = sorted(range(len(paid)), key=lambda place: (-(paid[place] * refund % total), place))
    for place in cut[: refund - sum(shares)]:
        shares[place] += 1
    return shares


def _by_rule(coupon: Flown) -> Line:
    nothing = Money(0, coupon.price.currency)
    if coupon.rule is None:
        return _line(
            coupon, fee=nothing, refund=coupon.price, words=f"{coupon.flight}: bought without a rule, all of it."
        )
    if not coupon.rule.refundable:
        words = f"{coupon.flight}: the fare is not refundable."
        return _line(coupon, fee=coupon.price, refund=nothing, words=words)
    fee = min(coupon.rule.refund_fee, coupon.price)
    words = f"{coupon.flight}: refundable" + (f" for a fee of {fee}." if fee.minor else " free of charge.")
    return _line(coupon, fee=fee, refund=coupon.price - fee, words=words)


def _given_back(coupon: Flown) -> Line:
    why = "the airline cancelled it" if coupon.cancelled else "the airline cancelled another flight of the journey"
    return _line(
        coupon, fee=Money(0, coupon.price.currency), refund=coupon.price, words=f"{coupon.flight}: {why}, all of it."
    )


def _line(coupon: Flown, *, fee: Money, refund: Money, words: str) -> Line:
    return Line(
        departure_id=coupon.departure_id,
        passenger=coupon.passenger,
        seat_number=coupon.seat_number,
        price=coupon.price,
        fee=fee,
        refund=refund,
        words=words,
    )
