"""Offers: journeys that were found, priced, promised for some minutes and signed."""

import secrets
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from common.columns import now
from common.contracts.fare import Offer, OfferedSegment
from common.money import Money
from common.signatures import PrivateKey
from fare_svc.domain.itineraries import Connecting, Journey, check_search
from fare_svc.domain.quotes import Quote, quotes
from fare_svc.service.departures import find_journeys
from fare_svc.service.tariffs import tariffs_of

# The shortest journeys are looked at: so many one way, and fewer each way where every pair is one more offer.
MOST_ONE_WAY = 200
MOST_EACH_WAY = 40


@dataclass(frozen=True, kw_only=True)
class SignedOffer:
    """A quote as it is promised: the offer itself, its signature, and the quote that it was made from."""

    offer: Offer
    quote: Quote
    signature: str


def offers(
    session: Session,
    *,
    origin: str,
    destination: str,
    day: date,
    return_day: date | None = None,
    passengers: int,
    cabin: str,
    sort: str,
    currency: str,
    connecting: Connecting,
    valid: timedelta,
    key: PrivateKey,
    first: int,
    count: int,
) -> tuple[list[SignedOffer], int]:
    """
    Return `count` offers from place `first` on, sorted by price, duration or departure, and how many there are in all.

    :raises BadSearch: if it goes nowhere, or comes back before it leaves
    """
    check_search(origin=origin, destination=destination, day=day, return_day=return_day)

    def ways(start: str, end: str, leaving: date) -> list[Journey]:
        return find_journeys(
            session,
            origin=start,
            destination=end,
            day=leaving,
            cabin=cabin,
            passengers=passengers,
            connecting=connecting,
            most=MOST_ONE_WAY if return_day is None else MOST_EACH_WAY,
        )

    outward = ways(origin, destination, day)
    back = None if return_day is None else ways(destination, origin, return_day)
    flown = {hop for journey in [*outward, *(back or [])] for hop in journey}
    routes = {(hop.airline, hop.origin, hop.destination) for hop in flown}
    issued_at = session.scalar(select(now())) or datetime.now(UTC)
    found = quotes(
        outward=outward,
        back=back,
        fares=tariffs_of(session, routes=routes, cabin=cabin, currency=currency),
        cabin=cabin,
        today=issued_at.date(),
        connecting=connecting,
        order=sort,
    )
    chosen = found[first : first + count]
    return [_sign(quote, passengers, cabin, issued_at=issued_at, valid=valid, key=key) for quote in chosen], len(found)


def _sign(
    quote: Quote, passengers: int, cabin: str, *, issued_at: datetime, valid: timedelta, key: PrivateKey
) -> SignedOffer:
    offer = Offer(
        offer_id=f"of_{secrets.token_urlsafe(12)}",
        issued_at=issued_at,
        expires_at=issued_at + valid,
        passengers=passengers,
        cabin=cabin,
        family=quote.family.value,
        segments=_segments(quote),
        total=Money(quote.each.minor * passengers, quote.each.currency).amount,
        currency=quote.each.currency,
    )
    return SignedOffer(offer=offer, quote=quote, signature=key.sign(offer.to_wire(), kind=Offer.TYPE))


def _segments(quote: Quote) -> list[OfferedSegment]:
    return [
        OfferedSegment(
            departure_id=segment.hop.departure_id,
            fare_id=segment.fare.fare_id,
            amount=segment.price.amount,
            refundable=segment.fare.rule.refundable,
            refund_fee=segment.fare.rule.refund_fee.amount,
            changeable=segment.fare.rule.changeable,
            change_fee=segment.fare.rule.change_fee.amount,
        )
        for segment in quote.segments
    ]
