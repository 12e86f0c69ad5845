"""Which bookings an offer is good for."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking_svc.domain.offers import OfferExpired, WrongOffer, check, check_cabins, fares
from common import codec
from common.contracts.fare import Offer
from common.messages import Unreadable
from common.money import Money
from tests.builders import an_offer

OFFER = an_offer(departures=(17, 18), passengers=2)
GOOD = {"departure_ids": [17, 18], "passengers": 2, "currency": "USD", "at": OFFER.issued_at}


class TestCheck:
    def test_lets_what_was_offered_be_booked(self):
        check(OFFER, **GOOD)

    def test_does_not_mind_the_order_of_departures(self):
        check(OFFER, **{**GOOD, "departure_ids": [18, 17]})

    @given(seconds=st.integers(-900, 900))
    def test_refuses_from_its_last_moment_on(self, seconds):
        at = OFFER.expires_at + timedelta(seconds=seconds)

        if seconds < 0:
            check(OFFER, **{**GOOD, "at": at})
        else:
            with pytest.raises(OfferExpired, match="expired at"):
                check(OFFER, **{**GOOD, "at": at})

    @given(departure_ids=st.lists(st.integers(15, 20), max_size=4).filter(lambda ids: sorted(ids) != [17, 18]))
    def test_refuses_every_other_itinerary(self, departure_ids):
        with pytest.raises(WrongOffer, match="departure 17, departure 18"):
            check(OFFER, **{**GOOD, "departure_ids": departure_ids})

    @pytest.mark.parametrize(
        ("other", "why"), [({"passengers": 3}, "2 passengers; this books 3"), ({"currency": "EUR"}, "in USD")]
    )
    def test_refuses_other_passengers_and_currencies(self, other, why):
        with pytest.raises(WrongOffer, match=why):
            check(OFFER, **{**GOOD, **other})


class TestCheckCabins:
    def test_refuses_a_seat_of_another_cabin(self):
        with pytest.raises(WrongOffer, match="is for economy; a seat is in first"):
            check_cabins(OFFER, ["economy", "first"])

    def test_lets_seats_of_its_cabin_be_booked(self):
        check_cabins(OFFER, ["economy", "economy"])


class TestFares:
    def test_are_what_was_offered_by_departure(self):
        found = fares(OFFER)

        assert {departure: bought.price for departure, bought in found.items()} == {
            17: Money(32400, "USD"),
            18: Money(32400, "USD"),
        }
        assert found[17].rule.in_words()[0] == "Refund: 75.00 USD for each passenger and flight."


class TestFromWire:
    def test_reads_what_was_written(self):
        assert Offer.from_wire(codec.loads(codec.dumps(OFFER.to_wire()))) == OFFER

    @pytest.mark.parametrize("field", sorted(OFFER.to_wire()))
    def test_refuses_an_offer_with_a_field_missing(self, field):
        payload = {name: value for name, value in OFFER.to_wire().items() if name != field}

        with pytest.raises(Unreadable):
            Offer.from_wire(payload)
