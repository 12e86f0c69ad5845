"""Which bookings an offer is good for, and why one is refused."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from booking_svc.domain.prices import BoughtFare
from common.contracts.fare import Offer
from common.contracts.tariff import Family, Rule
from common.errors import Conflict, Rejected
from common.money import Money


class OfferExpired(Conflict):
    """Raised when an offer's time is up."""

    code = "offer_expired"


class FareWithdrawn(Conflict):
    """Raised when a fare of an offer has been taken off sale since it was made."""

    code = "fare_withdrawn"


class WrongOffer(Rejected):
    """Raised when an offer is for something else than what is booked with it."""

    code = "wrong_offer"


def check(offer: Offer, *, departure_ids: Sequence[int], passengers: int, currency: str, at: datetime) -> None:
    """
    Return if an offer is good at a time for these departures and so many passengers.

    :raises OfferExpired: if its time is up
    :raises WrongOffer: if it is for other departures, another number of passengers, or in another currency
    """
    if at >= offer.expires_at:
        raise OfferExpired(
            f"Offer {offer.offer_id} expired at {offer.expires_at:%Y-%m-%d %H:%M:%S} UTC; ask for offers again."
        )
    offered = [segment.departure_id for segment in offer.segments]
    if sorted(offered) != sorted(departure_ids):
        raise WrongOffer(
            f"Offer {offer.offer_id} is for {_listed(offered)}; this books {_listed(departure_ids)}.", offered=offered
        )
    if offer.passengers != passengers:
        raise WrongOffer(
            f"Offer {offer.offer_id} is for {offer.passengers} passengers; this books {passengers}.",
            offered=offer.passengers,
        )
    if offer.currency != currency:
        raise WrongOffer(f"Offer {offer.offer_id} is in {offer.currency}; what is sold here is in {currency}.")


def check_cabins(offer: Offer, cabins: Iterable[str]) -> None:
    """
    Return if every seat is in the cabin of the offer.

    :raises WrongOffer: if one is not
    """
    others = sorted(set(cabins) - {offer.cabin})
    if others:
        raise WrongOffer(f"Offer {offer.offer_id} is for {offer.cabin}; a seat is in {others[0]}.", offered=offer.cabin)


def fares(offer: Offer) -> Mapping[int, BoughtFare]:
    """Return what one passenger buys on each departure, by the departure's number."""
    return {
        segment.departure_id: BoughtFare(
            fare_id=segment.fare_id,
            family=Family(offer.family),
            price=Money.of(segment.amount, offer.currency),
            rule=Rule(
                refundable=segment.refundable,
                refund_fee=Money.of(segment.refund_fee, offer.currency),
                changeable=segment.changeable,
                change_fee=Money.of(segment.change_fee, offer.currency),
            ),
        )
        for segment in offer.segments
    }


def _listed(departure_ids: Iterable[int]) -> str:
    return ", ".join(f"departure {departure_id}" for departure_id in departure_ids)
