"""A departure that does not fly: every reservation on it is cancelled once and gets all of its money back."""

from collections.abc import Sequence
from contextlib import suppress
from decimal import Decimal
from uuid import uuid4

import pytest

from booking_svc.domain.cancellations import NotCancellable, QuoteOutdated
from booking_svc.domain.departures import DepartureIsCancelled, DisruptionNotFound
from booking_svc.service import cancelling, changes, departures, disrupting, settling
from common import saga
from common.auth import ANONYMOUS, access_token
from common.contracts.booking import DisruptionCloseRequested, ReservationsDisruptRequested
from tests.builders import a_departure, a_departure_cancelled, a_payment_voided, a_refund
from tests.integration.booking import Booking, an_authorization
from tests.together import together


def hear(booking: Booking, departure_id: int = 17) -> None:
    """Hear that a departure is cancelled, by both handlers in one transaction, as the consumer does."""

    def apply(session) -> None:
        event = a_departure_cancelled(departure_id=departure_id)
        changes.note_cancelled(session, [event])
        disrupting.note_departure_cancelled(session, event)

    booking.database.write(apply)


def batches(booking: Booking, departure_id: int = 17) -> list[list[int]]:
    run = booking.database.read(saga.run_of, saga="disrupt", subject_id=departure_id)
    return [batch["reservationIds"] for batch in run["payload"]["batches"]]


def carry_out(booking: Booking, departure_id: int = 17) -> list[saga.Order]:
    """Carry out every batch; return the orders to be sent."""
    return [order for batch in batches(booking, departure_id) for order in cancel(booking, batch, departure_id)]


def cancel(booking: Booking, ids: Sequence[int], departure_id: int = 17) -> list[saga.Order]:
    command = ReservationsDisruptRequested(correlation_id=uuid4(), departure_id=departure_id, reservation_ids=list(ids))
    return list(disrupting.cancel_batch(booking.database, command))


def close(booking: Booking, departure_id: int = 17) -> None:
    command = DisruptionCloseRequested(correlation_id=uuid4(), departure_id=departure_id)
    booking.database.write(disrupting.close, command)


def report(booking: Booking, departure_id: int = 17) -> dict:
    return booking.database.read(disrupting.report, departure_id=departure_id)


def confirmed(booking: Booking, *seats: str, **facts):
    reservation, _ = booking.request(*seats, **facts)
    booking.confirm(reservation)
    return reservation


class TestADisruption:
    def test_cancels_and_fully_refunds_whatever_the_rules(self, booking):
        reservations = [confirmed(booking, f"{row}C") for row in range(20, 26)]
        hear(booking)

        orders = carry_out(booking)

        assert {booking.show(each).status for each in reservations} == {"cancelled"}
        assert booking.seats() == {}
        assert [(order.saga, order.payload["payments"][0]["amount"]) for order in orders] == [
            ("cancel", Decimal("324.00"))
        ] * 6
        told = booking.told("ReservationCancelled")
        assert {(event["reason"], event["feeAmount"]) for event in told} == {("departure_cancelled", Decimal("0.00"))}

    def test_cancels_each_once_however_often_a_batch_comes(self, booking):
        confirmed(booking, "14C")
        hear(booking)

        assert [len(carry_out(booking)) for _ in range(3)] == [1, 0, 0]
        assert len(booking.told("ReservationCancelled")) == 1

    def test_cancels_each_once_when_a_batch_comes_twice_at_the_same_moment(self, booking):
        for row in range(14, 24):
            confirmed(booking, f"{row}C")
        hear(booking)

        together(lambda: carry_out(booking), lambda: carry_out(booking))

        assert len(booking.told("ReservationCancelled")) == 10

    def test_works_in_batches(self, booking, monkeypatch):
        monkeypatch.setattr(disrupting, "BATCH", 4)
        for row in range(14, 24):
            confirmed(booking, f"{row}C")
        hear(booking)

        assert [len(batch) for batch in batches(booking)] == [4, 4, 2]

    def test_takes_the_other_flights_of_the_journey_with_it(self, booking):
        booking.database.write(departures.note_scheduled, [a_departure(departure_id=18)])
        legs = [{"departure_id": 17, "seats": ["14C"]}, {"departure_id": 18, "seats": ["14C"]}]
        reservation = confirmed(booking, "14C", departures=legs)
        hear(booking)

        carry_out(booking)

        shown = booking.show(reservation)
        assert (shown.status, shown.refund_due) == ("cancelled", shown.price)
        assert len(booking.told("SeatReleased")) == 2

    def test_fails_a_hold_at_once(self, booking):
        reservation, _ = booking.request(payments=[])
        hear(booking)

        carry_out(booking)
        booking.hear(settling.note_authorized, an_authorization(reservation))

        shown = booking.show(reservation)
        assert (shown.status, shown.failure_reason) == ("failed", "departure_cancelled")
        assert booking.saga_state(reservation) == "rewound"

    def test_fails_a_hold_that_is_on_its_way_back_already(self, booking):
        reservation, _ = booking.request(payments=[])
        booking.let_time_run_out(reservation)
        booking.database.write(saga.due)
        hear(booking)

        carry_out(booking)
        booking.release(reservation)

        assert booking.show(reservation).failure_reason == "departure_cancelled"
        assert booking.saga_state(reservation) == "rewound"
        assert [event["reason"] for event in booking.told("SeatReleased")] == ["departure_cancelled"]

    def test_turns_round_what_is_just_being_paid(self, booking):
        reservation, _ = booking.request()
        hear(booking)

        (order,) = carry_out(booking)
        assert (order.saga, order.back) == ("book", True)
        assert booking.confirm(reservation) == "pending"
        booking.release(reservation)

        assert booking.show(reservation).failure_reason == "departure_cancelled"
        assert [event["reason"] for event in booking.told("SeatReleased")] == ["departure_cancelled"]

    def test_lets_no_new_reservation_slip_through(self, booking):
        for row in range(14, 26):
            booking.database.write(departures.note_scheduled, [a_departure(departure_id=row)])
            legs = [{"departure_id": row, "seats": ["14C"]}]

            def ask(legs=legs):
                with suppress(DepartureIsCancelled):
                    booking.request("14C", departures=legs)

            together(ask, lambda row=row: hear(booking, row))
            carry_out(booking, row)

            live = booking.database.read(departures.seat_map, departure_id=row, currency="USD")
            states = {seat["state"] for cabin in live["cabins"] for line in cabin["rows"] for seat in line["seats"]}
            found = [number for batch in batches(booking, row) for number in batch]
            assert states == {"free"} or len(found) == 1

    def test_and_a_traveller_who_gives_up_at_the_same_moment_pay_back_once(self, booking):
        for row in range(14, 22):
            reservation = confirmed(booking, f"{row}C")
            whose = {
                "caller": ANONYMOUS,
                "locator": reservation.locator,
                "token": access_token(locator=reservation.locator, reservation_id=reservation.id),
            }
            name = booking.database.read(cancelling.quote, **whose).name

            def give_up(whose=whose, name=name):
                with suppress(NotCancellable, QuoteOutdated):
                    booking.database.write(cancelling.cancel, quote=name, **whose)

            together(give_up, lambda reservation=reservation: cancel(booking, [reservation.id]))

            assert booking.show(reservation).status == "cancelled"
        assert len(booking.told("ReservationCancelled")) == 8


class TestTheReport:
    def test_counts_reservations_and_money_until_all_of_it_is_back(self, booking):
        first, second = confirmed(booking, "20C"), confirmed(booking, "21C")
        booking.request("16C", payments=[])
        hear(booking)
        before = report(booking)
        carry_out(booking)
        close(booking)
        between = report(booking)
        refund = a_refund(reservation_id=first.id, amount=Decimal("324.00"), reason="departure_cancelled")
        booking.hear(settling.note_refunded, refund)
        booking.hear(settling.note_voided, a_payment_voided(reservation_id=second.id, amount=Decimal("324.00")))
        after = report(booking)

        assert (before["state"], before["reservations"], before["under_way"]) == ("under way", 3, 3)
        assert (between["state"], between["cancelled"], between["failed"]) == ("under way", 2, 1)
        assert (between["refund_due"], between["outstanding"]) == (Decimal("648.00"), Decimal("648.00"))
        assert (after["state"], after["refunded"], after["voided"]) == (
            "complete",
            Decimal("324.00"),
            Decimal("324.00"),
        )

    def test_does_not_close_while_one_is_still_under_way(self, booking):
        reservation, _ = booking.request()
        hear(booking)
        carry_out(booking)

        close(booking)
        assert report(booking)["ended_at"] is None
        booking.release(reservation)
        close(booking)

        assert report(booking)["state"] == "complete"

    def test_of_an_empty_aircraft_is_complete_at_once(self, booking):
        hear(booking)
        close(booking)

        assert (report(booking)["state"], report(booking)["reservations"]) == ("complete", 0)

    def test_is_of_a_cancelled_departure_only(self, booking):
        with pytest.raises(DisruptionNotFound):
            report(booking)
