"""What a reservation costs: by the fares that were heard of, or by an offer; and which offers are refused."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select

from booking_svc.domain.offers import FareWithdrawn, OfferExpired, WrongOffer
from booking_svc.domain.prices import NoFare
from booking_svc.models import Reservation
from booking_svc.service import access, departures, fares, reserving
from common.auth import INSTALLATION
from common.contracts.fare import FareSeason
from common.db import Database
from tests.builders import (
    LAYOUT,
    a_departure,
    a_fare,
    a_reservation_request,
    a_seat_map,
    an_offer,
    in_days,
    the_fares,
)

EXIT_ROW = next(seat.number for seat in LAYOUT.seats() if seat.exit_row)
FIRST = next(seat.number for seat in LAYOUT.seats() if seat.cabin == "first")
TRAVEL = a_departure().departs_local[:10]


@dataclass(frozen=True)
class Sale:
    """booking_svc with departure 17 on sale."""

    database: Database

    def hear(self, *events: Any) -> None:
        """Apply fares."""
        self.database.write(fares.note_fares, events)

    def book(self, *seats: str, **changes: Any) -> Reservation:
        """Make a reservation and return it as it is shown."""
        made, _ = self.database.write(reserving.request_reservation, **a_reservation_request(*seats, **changes))
        return self.database.read(access.readable, caller=INSTALLATION, locator=made.locator, token="")

    def prices(self) -> dict[str, Decimal | None]:
        """Return the price of every seat as the seat map shows it."""
        shown = self.database.read(departures.seat_map, departure_id=17, currency="USD")
        return {
            seat["number"]: seat["price"] for cabin in shown["cabins"] for row in cabin["rows"] for seat in row["seats"]
        }

    def reservations(self) -> int:
        """Return how many there are."""
        return self.database.read(lambda session: session.scalar(select(func.count()).select_from(Reservation))) or 0


@pytest.fixture
def sale(clean: Mapping[str, Database]) -> Sale:
    """booking_svc that knows departure 17, and no fare."""
    database = clean["booking"]
    database.write(departures.note_seat_maps, [a_seat_map()])
    database.write(departures.note_scheduled, [a_departure()])
    return Sale(database)


class TestAPlainBooking:
    def test_costs_the_basic_fare_of_its_cabin_and_more_beside_an_exit(self, sale):
        sale.hear(*the_fares(), a_fare(fare_id=50, family="flex", amount=Decimal(1)))

        made = sale.book("12A", EXIT_ROW, FIRST)

        assert [coupon.fare_minor for coupon in made.coupons] == [32400, 34900, 97100]
        assert made.price_minor == 32400 + 34900 + 97100

    def test_keeps_fare_family_and_rule(self, sale):
        sale.hear(a_fare(refundable=True, refund_fee=Decimal("75.00")))

        (coupon,) = sale.book("12A").coupons

        assert (coupon.fare_id, coupon.family) == (41, "basic")
        assert coupon.rule.in_words()[0] == "Refund: 75.00 USD for each passenger and flight."

    def test_costs_what_the_seat_map_shows(self, sale):
        sale.hear(*the_fares(seasons=[FareSeason(starts=TRAVEL, ends=TRAVEL, factor=Decimal("1.255"))]))
        shown = sale.prices()

        made = sale.book("12A", EXIT_ROW)

        assert made.price.amount == shown["12A"] + shown[EXIT_ROW] == Decimal("838.24")

    def test_is_refused_where_no_basic_fare_is_sold(self, sale):
        sale.hear(a_fare(family="flex"), a_fare(fare_id=42, currency="EUR"), a_fare(fare_id=43, airline="DL"))

        with pytest.raises(NoFare, match="No Basic fare is sold for economy on departure 17, AA from JFK to LAX"):
            sale.book("12A")
        assert sale.prices()["12A"] is None
        assert sale.reservations() == 0


class TestNoteFares:
    def test_follows_the_newest_in_whatever_order_it_is_heard(self, sale):
        sale.hear(a_fare(amount=Decimal(200), occurred_at=in_days(0)))
        sale.hear(a_fare(amount=Decimal(100), occurred_at=in_days(-1)))

        assert sale.prices()["12A"] == 200

    def test_takes_the_same_news_twice(self, sale):
        news = a_fare(occurred_at=in_days(0))
        sale.hear(news)
        sale.hear(news)

        assert sale.prices()["12A"] == 324

    def test_does_not_sell_a_withdrawn_fare(self, sale):
        sale.hear(a_fare(occurred_at=in_days(-1)))
        sale.hear(a_fare(withdrawn=True))

        assert sale.prices()["12A"] is None


class TestABookingByAnOffer:
    def test_costs_what_was_offered_even_if_no_fare_was_heard_of(self, sale):
        offer = an_offer(passengers=2)

        made = sale.book("12A", EXIT_ROW, offer=offer)

        assert (made.price_minor, made.offer_id) == (32400 + 34900, offer.offer_id)
        assert {coupon.family for coupon in made.coupons} == {"standard"}

    @pytest.mark.parametrize(
        ("offer", "refusal"),
        [
            ({"expires_at": in_days(-0.001)}, OfferExpired),
            ({"departures": (18,)}, WrongOffer),
            ({"departures": (17, 18)}, WrongOffer),
            ({"passengers": 2}, WrongOffer),
            ({"cabin": "first"}, WrongOffer),
            ({"currency": "EUR"}, WrongOffer),
        ],
    )
    def test_is_refused_when_the_offer_is_over_or_for_something_else(self, sale, offer, refusal):
        sale.hear(*the_fares())

        with pytest.raises(refusal, match="Offer of_"):
            sale.book("12A", offer=an_offer(**offer))
        assert sale.reservations() == 0

    def test_is_refused_when_a_fare_of_the_offer_was_withdrawn_since(self, sale):
        sale.hear(a_fare(fare_id=51, family="standard", occurred_at=in_days(-1)))
        sale.book("12B", offer=an_offer())
        sale.hear(a_fare(fare_id=51, family="standard", withdrawn=True))

        with pytest.raises(FareWithdrawn, match="Fare 51 of offer"):
            sale.book("12A", offer=an_offer())

    def test_is_not_touched_by_a_fare_that_became_dearer(self, sale):
        sale.hear(a_fare(fare_id=51, family="standard", amount=Decimal(999)))

        assert sale.book("12A", offer=an_offer(expires_at=in_days(0) + timedelta(minutes=1))).price_minor == 32400
