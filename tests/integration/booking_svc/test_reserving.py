"""Requesting a reservation: seats, saga and news in one transaction, and one winner for each seat."""

from datetime import timedelta
from decimal import Decimal

import pytest

from booking_svc.domain.reservations import SeatTaken, Unbookable, WrongSplit
from booking_svc.models import Reservation
from booking_svc.service import departures
from tests.builders import a_departure, in_days
from tests.together import together


class TestRequestReservation:
    def test_holds_the_seats_and_begins_the_saga(self, booking):
        reservation, order = booking.request("12A", "12B")

        assert booking.seats() == {"12A": "tentative", "12B": "tentative"}
        assert (order.saga, order.back, order.attempt) == ("book", False, 1)
        assert booking.saga_state(reservation) == "running"
        assert booking.show(reservation).status == "pending"

    def test_tells_of_the_reservation_and_of_each_seat(self, booking):
        reservation, _ = booking.request("12A", "12B")

        told = [event for event in booking.told() if event["type"] != "ItineraryRecorded"]
        assert [event["type"] for event in told] == [
            "ReservationInitiated",
            "SeatTentativelyHeld",
            "SeatTentativelyHeld",
        ]
        assert told[0]["amount"] == reservation.price.amount
        assert {event["seatNumber"] for event in told[1:]} == {"12A", "12B"}
        assert {event["reservationId"] for event in told} == {reservation.id}

    def test_prices_each_seat_by_its_cabin(self, booking):
        economy, _ = booking.request("12A")
        first, _ = booking.request("1A")

        assert first.price_minor > economy.price_minor > 0

    def test_asks_each_payment_for_its_share_with_the_rest_on_the_open_one(self, booking):
        payments = [
            {"kind": "card", "token": "tok_visa", "amount": Decimal("100.00")},
            {"kind": "wallet", "token": "wal_x"},
        ]

        reservation, order = booking.request(payments=payments)

        shares = [(part["part"], part["amount"]) for part in order.payload["payments"]]
        assert shares == [(1, Decimal("100.00")), (2, reservation.price.amount - 100)]

    def test_without_payment_begins_a_hold_until_its_time_to_pay(self, booking):
        reservation, order = booking.request(payments=[], hold_seconds=600)

        assert (order.saga, booking.told("ReservationInitiated")[0]["payLater"]) == ("hold", True)
        assert reservation.pay_by - reservation.created_at == pytest.approx(
            timedelta(seconds=600), abs=timedelta(milliseconds=50)
        )

    @pytest.mark.parametrize(
        ("changes", "refusal", "said"),
        [
            ({"departures": [{"departure_id": 99, "seats": ["12A"]}]}, Unbookable, "no departure 99"),
            ({"departures": [{"departure_id": 17, "seats": ["99Z"]}]}, Unbookable, "no seat 99Z"),
            ({"payments": [{"kind": "card", "token": "tok_visa", "amount": Decimal(1)}]}, WrongSplit, "add up"),
            ({"payments": [{"kind": "card", "token": "tok_visa", "currency": "EUR"}]}, WrongSplit, "priced in USD"),
        ],
    )
    def test_refused_leaves_nothing_behind(self, booking, changes, refusal, said):
        with pytest.raises(refusal, match=said):
            booking.request(**changes)

        assert (booking.seats(), booking.told()) == ({}, [])
        assert booking.database.read(lambda session: session.query(Reservation).count()) == 0

    def test_refuses_a_departure_that_has_left_by_the_databases_clock(self, booking):
        left = a_departure(departure_id=18, departs_at=in_days(-0.001))
        booking.database.write(departures.note_scheduled, [left])

        with pytest.raises(Unbookable, match="left at"):
            booking.request(departures=[{"departure_id": 18, "seats": ["12A"]}])


class TestATakenSeat:
    def test_is_refused_with_free_ones_like_it(self, booking):
        booking.request("12A")

        with pytest.raises(SeatTaken, match="12A") as refused:
            booking.request("12A", "12B")

        assert refused.value.extra["seats"] == ["12A"]
        alternatives = refused.value.extra["alternatives"]["12A"]
        assert alternatives
        assert not {"12A", "12B"} & set(alternatives)

    def test_leaves_its_free_neighbour_free(self, booking):
        booking.request("12A")
        with pytest.raises(SeatTaken):
            booking.request("12B", "12A")

        assert booking.seats() == {"12A": "tentative"}
        booking.request("12B")

    def test_can_be_had_on_another_departure(self, booking):
        booking.database.write(departures.note_scheduled, [a_departure(departure_id=18)])
        booking.request("12A")

        booking.request(departures=[{"departure_id": 18, "seats": ["12A"]}])


class TestARace:
    def attempt(self, booking, *seats):
        try:
            return booking.request(*seats)[0]
        except SeatTaken as refusal:
            return refusal

    def test_for_one_seat_has_one_winner_and_tells_the_others(self, booking):
        outcomes = together(*(lambda: self.attempt(booking, "12A") for _ in range(8)))

        losers = [outcome for outcome in outcomes if isinstance(outcome, SeatTaken)]
        assert len(losers) == 7
        assert all(loser.extra["alternatives"]["12A"] for loser in losers)
        assert booking.seats() == {"12A": "tentative"}
        assert len(booking.told("ReservationInitiated")) == 1

    def test_for_two_seats_in_opposite_order_gives_both_to_one(self, booking):
        for row in range(14, 22):
            pair = (f"{row}A", f"{row}B")

            outcomes = together(
                lambda pair=pair: self.attempt(booking, *pair),
                lambda pair=pair: self.attempt(booking, *reversed(pair)),
            )

            assert sorted(isinstance(outcome, SeatTaken) for outcome in outcomes) == [False, True]

    def test_for_overlapping_rows_sells_no_seat_twice(self, booking):
        wishes = [(f"{row}{letter}", f"{row}{chr(ord(letter) + 1)}") for row in range(14, 18) for letter in "ABDE"]

        outcomes = together(*(lambda wish=wish: self.attempt(booking, *wish) for wish in wishes))

        won = [outcome for outcome in outcomes if not isinstance(outcome, SeatTaken)]
        assert sorted(seat for one in won for seat in (coupon.seat_number for coupon in one.coupons)) == sorted(
            booking.seats()
        )
        assert len(booking.seats()) == 2 * len(won)
