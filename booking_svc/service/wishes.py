"""Finds the seats somebody asks for on their maps, and what each costs: by an offer, or by the fares that are known."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from booking_svc.domain import offers
from booking_svc.domain.departures import DepartureIsCancelled, DepartureStatus
from booking_svc.domain.prices import BoughtFare, NoFare, seat_price
from booking_svc.domain.reservations import Unbookable
from booking_svc.models import Departure
from booking_svc.service.fares import Tariffs, tariffs_for, travel_date, withdrawn
from booking_svc.service.layouts import layout
from common.columns import now
from common.contracts.fare import Offer
from common.contracts.seat_map import Seat as Place
from common.contracts.seat_map import SeatMap
from common.money import Money

Asked = Sequence[tuple[int, Sequence[str]]]

_ASKED = (
    select(Departure, now().label("at"))
    .where(Departure.id.in_(bindparam("departure_ids", expanding=True)))
    .order_by(Departure.id)
    # Shared until our commit: whoever hears that a departure is cancelled waits for us and finds our reservation, or we
    # wait for them and find it cancelled.
    .with_for_update(read=True)
)


@dataclass(frozen=True, kw_only=True)
class Wish:
    """One seat somebody asks for, found on its map and priced."""

    departure: Departure
    place: Place
    bought: BoughtFare

    @property
    def price(self) -> Money:
        """What it costs: its fare, and more beside an exit."""
        return seat_price(self.bought.price, exit_row=self.place.exit_row)


def find(
    session: Session, *, asked: Asked, passengers: int, currency: str, offer: Offer | None
) -> tuple[list[list[Wish]], datetime]:
    """
    Return the seats of each departure that is asked for, `(departure_id, seat numbers)`, and when they were priced.

    :raises Unbookable: if a departure or seat does not exist, or has departed
    :raises DepartureIsCancelled: if a departure does not fly
    :raises NoFare: if no fare is sold for a seat
    :raises OfferExpired, WrongOffer, FareWithdrawn: if the offer is not good for this
    """
    found, at = _places(session, asked)
    if offer is None:
        tariffs = tariffs_for(session, departures=[departure for departure, _ in found], currency=currency, at=at)
        return [
            [Wish(departure=departure, place=place, bought=_basic(tariffs, departure, place)) for place in places]
            for departure, places in found
        ], at
    bought = _offered(session, offer, found, passengers=passengers, currency=currency, at=at)
    return [
        [Wish(departure=departure, place=place, bought=bought[departure.id]) for place in places]
        for departure, places in found
    ], at


def _places(session: Session, asked: Asked) -> tuple[list[tuple[Departure, list[Place]]], datetime]:
    rows = session.execute(_ASKED, {"departure_ids": [departure_id for departure_id, _ in asked]}).all()
    known = {departure.id: departure for departure, _ in rows}
    found = []
    for departure_id, numbers in asked:
        departure = known.get(departure_id)
        seat_map = layout(session, departure.seat_map_key) if departure else None
        if departure is None or seat_map is None:
            raise Unbookable(f"There is no departure {departure_id} on sale.", departureId=departure_id)
        if departure.status is DepartureStatus.CANCELLED:
            raise DepartureIsCancelled(
                f"Departure {departure_id} is cancelled: {departure.status_reason}.", departureId=departure_id
            )
        if departure.departs_at <= rows[0].at:
            raise Unbookable(f"Departure {departure_id} left at {departure.departs_local}.", departureId=departure_id)
        found.append((departure, [_place(departure, seat_map, number) for number in numbers]))
    return found, rows[0].at


def _place(departure: Departure, seat_map: SeatMap, number: str) -> Place:
    place = seat_map.find(number)
    if place is None:
        raise Unbookable(
            f"There is no seat {number} on departure {departure.id}, a {seat_map.aircraft}.",
            departureId=departure.id,
            seat=number,
        )
    return place


def _basic(tariffs: Tariffs, departure: Departure, place: Place) -> BoughtFare:
    fare = tariffs.basic(departure, place.cabin)
    if fare is None:
        raise NoFare(
            f"No Basic fare is sold for {place.cabin} on departure {departure.id}, {departure.airline} from "
            f"{departure.origin} to {departure.destination}; ask GET /offers for what is.",
            departureId=departure.id,
            cabin=place.cabin,
        )
    return BoughtFare(
        fare_id=fare.fare_id, family=fare.family, price=fare.price(travel_date(departure)), rule=fare.rule
    )


def _offered(
    session: Session,
    offer: Offer,
    found: Sequence[tuple[Departure, list[Place]]],
    *,
    passengers: int,
    currency: str,
    at: datetime,
) -> Mapping[int, BoughtFare]:
    offers.check(
        offer,
        departure_ids=[departure.id for departure, _ in found],
        passengers=passengers,
        currency=currency,
        at=at,
    )
    offers.check_cabins(offer, (place.cabin for _, places in found for place in places))
    gone = withdrawn(session, fare_ids={segment.fare_id for segment in offer.segments})
    if gone:
        raise offers.FareWithdrawn(
            f"Fare {gone[0]} of offer {offer.offer_id} was withdrawn; ask for offers again.", fareIds=gone
        )
    return offers.fares(offer)
