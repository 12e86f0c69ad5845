"""Giving a reservation up: exactly what was quoted, once, with every refund ordered in the same transaction."""

from contextlib import suppress
from decimal import Decimal

import pytest

from booking_svc.domain.cancellations import NotCancellable, QuoteOutdated
from booking_svc.domain.reservations import ReservationNotFound
from booking_svc.schemas import ReservationSchema
from booking_svc.service import cancelling, changes, settling, statements
from common import audit, saga
from common.auth import ANONYMOUS, INSTALLATION, access_token
from common.contracts.booking import CancellationCloseRequested
from tests.builders import (
    a_delay,
    a_departure_cancelled,
    a_payment_failed,
    a_payment_voided,
    a_refund,
    an_answer,
    an_offer,
)
from tests.integration.booking import Booking, an_authorization
from tests.together import together

HALVES = [{"kind": "card", "token": "tok_visa", "amount": Decimal("124.00")}, {"kind": "card", "token": "tok_visa"}]


def confirmed(booking: Booking, *seats: str, **changes):
    """A reservation at a Standard fare: 324.00 a passenger, 75.00 of which are kept."""
    numbers = seats or ("20A",)
    reservation, _ = booking.request(*numbers, offer=an_offer(passengers=len(numbers)), **changes)
    booking.confirm(reservation)
    return reservation


def quoted(booking: Booking, reservation):
    return booking.database.read(cancelling.quote, **by_its_traveller(reservation))


def cancel(booking: Booking, reservation, quote: str | None = None, **changes):
    name = quote or quoted(booking, reservation).name
    return booking.database.write(cancelling.cancel, **{**by_its_traveller(reservation), **changes}, quote=name)


def by_its_traveller(reservation) -> dict:
    token = access_token(locator=reservation.locator, reservation_id=reservation.id)
    return {"caller": ANONYMOUS, "locator": reservation.locator, "token": token}


def run(booking: Booking, reservation, name: str = "cancel") -> dict:
    return booking.database.read(saga.run_of, saga=name, subject_id=reservation.id)


class TestCancel:
    def test_returns_all_that_is_shown_of_it(self, booking):
        cancelled, _ = cancel(booking, confirmed(booking, "20A", "20B"))

        shown = ReservationSchema().dump(cancelled)
        assert (shown["status"], len(shown["passengers"]), len(shown["seats"])) == ("cancelled", 2, 2)
        assert shown["completedAt"] is not None

    def test_frees_the_seats_and_orders_what_the_rule_gives_back(self, booking):
        reservation = confirmed(booking, "20A", "20B")

        shown, order = cancel(booking, reservation)

        assert (shown.status, shown.failure_reason, shown.refund_due.amount) == (
            "cancelled",
            "cancelled",
            Decimal("498.00"),
        )
        assert booking.seats() == {}
        assert [payment["amount"] for payment in order.payload["payments"]] == [Decimal("498.00")]
        (told,) = booking.told("ReservationCancelled")
        assert (told["refundAmount"], told["feeAmount"], told["currency"]) == (
            Decimal("498.00"),
            Decimal("150.00"),
            "USD",
        )
        assert [event["reason"] for event in booking.told("SeatReleased")] == ["cancelled", "cancelled"]

    def test_splits_what_goes_back_as_it_was_paid(self, booking):
        reservation, _ = booking.request("20A", offer=an_offer(), payments=HALVES)
        booking.confirm(reservation, an_answer(12400), an_answer(20000, part=2))

        _, order = cancel(booking, reservation)

        amounts = [payment["amount"] for payment in order.payload["payments"]]
        assert amounts == [Decimal("95.30"), Decimal("153.70")]

    def test_keeps_all_of_what_is_not_refundable(self, booking):
        reservation, _ = booking.request("12A")
        booking.confirm(reservation)

        shown, order = cancel(booking, reservation)

        assert shown.refund_due.minor == 0
        assert [payment["amount"] for payment in order.payload["payments"]] == [0]

    def test_counts_no_payment_that_failed(self, booking):
        reservation, _ = booking.request(offer=None, payments=[])
        booking.hear(settling.note_payment_failed, a_payment_failed(reservation_id=reservation.id))
        booking.hear(settling.note_authorized, an_authorization(reservation, part=2))

        _, order = cancel(booking, reservation)

        assert [payment["part"] for payment in order.payload["payments"]] == [2]

    def test_happens_once_when_it_is_asked_twice_at_the_same_moment(self, booking):
        for row in range(14, 22):
            reservation = confirmed(booking, f"{row}C")
            name = quoted(booking, reservation).name
            outcomes = []

            def attempt(reservation=reservation, name=name, outcomes=outcomes):
                try:
                    cancel(booking, reservation, name)
                    outcomes.append("done")
                except NotCancellable:
                    outcomes.append("refused")

            together(attempt, attempt)

            assert sorted(outcomes) == ["done", "refused"]
        assert len(booking.told("ReservationCancelled")) == 8

    def test_refuses_a_quote_that_is_no_longer_true_and_names_the_new_one(self, booking):
        reservation = confirmed(booking)
        old = quoted(booking, reservation).name
        booking.database.write(changes.note_delayed, [a_delay()])

        with pytest.raises(QuoteOutdated) as refusal:
            cancel(booking, reservation, old)

        assert refusal.value.extra["quote"] == quoted(booking, reservation).name != old
        assert booking.show(reservation).status == "confirmed"
        cancel(booking, reservation, refusal.value.extra["quote"])

    def test_gives_everything_back_once_a_flight_of_it_is_cancelled(self, booking):
        reservation, _ = booking.request("12A")
        booking.confirm(reservation)
        booking.database.write(changes.note_cancelled, [a_departure_cancelled()])

        assert quoted(booking, reservation).refund == reservation.price

    def test_refuses_what_is_just_being_paid_or_over(self, booking):
        reservation, order = booking.request()
        with pytest.raises(NotCancellable, match="just being paid"):
            quoted(booking, reservation)
        booking.turn_back(order)
        booking.release(reservation)

        with pytest.raises(NotCancellable, match="failed already"):
            quoted(booking, reservation)

    def test_refuses_a_journey_that_has_begun(self, booking):
        reservation = confirmed(booking)
        booking.database.write(changes.note_delayed, [a_delay(departs_at=reservation.created_at)])

        with pytest.raises(NotCancellable, match="has left"):
            quoted(booking, reservation)

    def test_is_for_who_may_change_it_only(self, booking):
        reservation = confirmed(booking)
        name = quoted(booking, reservation).name

        with pytest.raises(ReservationNotFound):
            cancel(booking, reservation, name, token="")

    def test_by_an_operator_is_in_the_audit_log(self, booking):
        reservation = confirmed(booking)

        cancel(booking, reservation, caller=INSTALLATION, token="")

        (entry,) = booking.database.read(audit.entries)
        assert (entry["act"], entry["subject"]) == ("cancel reservation", f"reservation {reservation.locator}")


class TestAHold:
    def test_is_given_up_at_once_with_nothing_to_give_back(self, booking):
        reservation, _ = booking.request(payments=[])

        shown, order = cancel(booking, reservation)

        assert (shown.status, order, booking.seats()) == ("cancelled", None, {})
        assert run(booking, reservation, "hold")["state"] == "rewound"
        (told,) = booking.told("ReservationCancelled")
        assert "refundsOrdered" not in told

    def test_that_is_given_up_is_confirmed_by_no_payment(self, booking):
        reservation, _ = booking.request(payments=[])
        cancel(booking, reservation)

        booking.hear(settling.note_authorized, an_authorization(reservation))

        assert booking.show(reservation).status == "cancelled"
        assert booking.told("ReservationConfirmed") == []

    def test_and_its_payment_at_once_end_in_one_way(self, booking):
        for row in range(14, 22):
            reservation, _ = booking.request(f"{row}C", payments=[])
            name = quoted(booking, reservation).name

            def give_up(reservation=reservation, name=name):
                with suppress(QuoteOutdated):  # it was paid first, and is another thing now
                    cancel(booking, reservation, name)

            together(
                give_up,
                lambda reservation=reservation: booking.hear(settling.note_authorized, an_authorization(reservation)),
            )

            shown = booking.show(reservation)
            assert (shown.status, booking.seats().get(f"{row}C")) in {("confirmed", "held"), ("cancelled", None)}


class TestTheRun:
    def due(self, booking, reservation):
        """What the sweep sends of it once its time has run out."""
        booking.let_time_run_out(reservation)
        return [order for order in booking.database.write(saga.due) if order.saga == "cancel"]

    def close(self, booking, reservation):
        command = CancellationCloseRequested(correlation_id=reservation.correlation_id, reservation_id=reservation.id)
        booking.database.write(cancelling.close, command, answers=[{"part": 1, "outcome": "refund"}])

    def test_is_never_turned_back_not_even_past_its_deadline(self, booking):
        reservation = confirmed(booking)
        cancel(booking, reservation)

        (order,) = self.due(booking, reservation)

        assert (order.saga, order.back) == ("cancel", False)
        assert booking.database.write(saga.turn_back, run_id=order.run_id, reason="timeout") is None

    def test_is_sent_again_until_it_is_closed(self, booking):
        reservation = confirmed(booking)
        cancel(booking, reservation)
        for _ in range(2):
            assert len(self.due(booking, reservation)) == 1

        for _ in range(2):
            self.close(booking, reservation)

        assert run(booking, reservation)["state"] == "finished"


class TestWhatIsStated:
    def kept(self, booking):
        (statement,) = booking.database.read(statements.reservations, after=0, limit=10)
        return statement.kept

    def test_keeps_the_fee_of_a_cancellation(self, booking):
        reservation = confirmed(booking)
        cancel(booking, reservation)

        assert self.kept(booking) == Decimal("75.00")

    def test_keeps_nothing_of_what_was_never_taken(self, booking):
        reservation = confirmed(booking)
        cancel(booking, reservation)
        booking.hear(settling.note_payment_failed, a_payment_failed(reservation_id=reservation.id, auth_id="pa_1"))

        assert self.kept(booking) == 0


class TestMoneyThatCameBack:
    def test_is_shown(self, booking):
        reservation = confirmed(booking)
        cancel(booking, reservation)

        booking.hear(settling.note_refunded, a_refund(reservation_id=reservation.id))

        (refund,) = booking.show(reservation).refunds
        assert (refund.part, refund.money.amount) == (1, Decimal("249.00"))

    def test_by_a_void_stays_so_whatever_is_told_late(self, booking):
        reservation = confirmed(booking)
        booking.hear(settling.note_voided, a_payment_voided(reservation_id=reservation.id))

        booking.hear(settling.note_authorized, an_authorization(reservation))

        assert [payment.status for payment in booking.show(reservation).payments] == ["voided"]

    def test_is_not_due_of_a_payment_that_was_never_taken(self, booking):
        reservation = confirmed(booking)
        cancel(booking, reservation)

        booking.hear(settling.note_payment_failed, a_payment_failed(reservation_id=reservation.id, auth_id="pa_1"))

        assert booking.show(reservation).refund_due.minor == 0
