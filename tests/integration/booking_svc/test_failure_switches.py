"""Failure switches as rows: kept with the reservation, read by what is done to it later, lifted by an operator."""

import pytest

from booking_svc.sagas import SAGAS
from booking_svc.service import cancelling, changes, disrupting, settling
from common import failures, saga
from common.auth import Caller, Role
from common.saga import operating
from tests.builders import a_departure_cancelled
from tests.integration.booking import an_authorization

CONFIRM = "booking.confirm-reservation=lose-answer"
OLGA = Caller(name="usr_olga", role=Role.OPERATOR)


@pytest.fixture(autouse=True)
def switched_on(monkeypatch):
    monkeypatch.setattr(failures, "on", lambda: True)


def run_of(booking, name, subject_id):
    return booking.database.read(saga.run_of, saga=name, subject_id=subject_id)


def told(order):
    """Return what the commands of an order are told to have done to them, by their tasks."""
    made = SAGAS[order.saga]
    build = made.backward if order.back else made.forward
    links = build(run_id=order.run_id, attempt=order.attempt, payload=order.payload).links
    return {each.task: each.options["headers"].get(failures.MESSAGE_HEADER) for link in links for each in link}


def act(booking, what, order):
    arguments = {"run_id": order.run_id, "sagas": SAGAS, "by": OLGA, "reason": "a test"}
    return booking.database.write(what, **arguments)


class TestAReservation:
    @pytest.mark.parametrize("deed", ["fail", "slow 2s", "repeat", "lose-answer", "stuck"])
    def test_with_a_switch_tells_its_step_the_same_each_time(self, booking, deed):
        switch = f"payment.authorize-payment={deed}"

        orders = [booking.request(seat, failures=[switch])[1] for seat in ("12A", "12B")]

        assert [told(order)["payment_svc.authorize_payment"] for order in orders] == [deed, deed]
        assert [told(order)["booking_svc.confirm_reservation"] for order in orders] == [None, None]

    def test_that_gets_stuck_has_an_hour_more(self, booking):
        plain, _ = booking.request("12A")
        stuck, _ = booking.request("12B", failures=["payment.authorize-payment=stuck"])

        first, second = (run_of(booking, "book", each.id)["deadline"] for each in (plain, stuck))
        assert 3590 < (second - first).total_seconds() < 3610

    def test_whose_confirmation_is_struck_is_not_confirmed_by_an_event_before_it(self, booking):
        reservation, _ = booking.request("12A", failures=[CONFIRM])

        booking.hear(settling.note_authorized, an_authorization(reservation))

        assert booking.show(reservation).status == "pending"
        # Its command is on its way already; the event must not send another.
        assert "failuresFrom" not in run_of(booking, "book", reservation.id)["payload"]
        booking.confirm(reservation)
        assert booking.show(reservation).status == "confirmed"

    def test_that_rests_is_confirmed_by_a_command_that_is_sent_for_the_first_time(self, booking):
        reservation, _ = booking.request("12A", payments=[], failures=[CONFIRM])

        booking.hear(settling.note_authorized, an_authorization(reservation))
        (order,) = booking.database.write(saga.due)

        assert order.attempt == 2
        assert told(order) == {"booking_svc.confirm_reservation": "lose-answer"}
        booking.confirm(reservation)
        assert booking.show(reservation).status == "confirmed"

    def test_without_switches_is_confirmed_by_the_event(self, booking):
        reservation, _ = booking.request("12A", payments=[])

        booking.hear(settling.note_authorized, an_authorization(reservation))

        assert booking.show(reservation).status == "confirmed"

    def test_that_is_half_paid_goes_on_resting(self, booking):
        reservation, _ = booking.request("12A", payments=[], failures=[CONFIRM])

        booking.hear(settling.note_authorized, an_authorization(reservation, minor=1))

        assert booking.database.write(saga.due) == []

    def test_where_switches_are_off_is_like_any_other(self, booking, monkeypatch):
        reservation, _ = booking.request("12A", payments=[], failures=[CONFIRM])
        monkeypatch.setattr(failures, "on", lambda: False)

        booking.hear(settling.note_authorized, an_authorization(reservation))

        assert booking.show(reservation).status == "confirmed"


class TestWhatComesLater:
    REFUND = "payment.refund-payment=fail"
    BATCH = "booking.cancel-reservations=fail"

    def confirmed(self, booking, seat, *switches):
        reservation, _ = booking.request(seat, failures=list(switches))
        booking.confirm(reservation)
        return booking.show(reservation)

    def test_a_cancellation_has_the_switches_of_its_reservation_and_its_own(self, booking):
        reservation = self.confirmed(booking, "12A", self.REFUND)
        who = {"caller": OLGA, "locator": reservation.locator, "token": ""}
        quote = booking.database.read(cancelling.quote, **who)

        _, order = booking.database.write(
            cancelling.cancel, **who, quote=quote.name, failures=["booking.close-cancellation=repeat"]
        )

        assert order.payload["failures"] == ["booking.close-cancellation=repeat", self.REFUND]
        assert told(order)["payment_svc.refund_payment"] == "fail"

    def test_a_disruption_has_the_switches_of_all_its_reservations_once(self, booking):
        for seat in ("12A", "12B"):
            self.confirmed(booking, seat, self.BATCH)
        self.confirmed(booking, "12C", self.REFUND)
        event = a_departure_cancelled(departure_id=17)

        booking.database.write(changes.note_cancelled, [event])
        booking.hear(disrupting.note_departure_cancelled, event)

        assert run_of(booking, "disrupt", 17)["payload"]["failures"] == [self.BATCH, self.REFUND]


class TestAnOperator:
    @pytest.mark.parametrize("what", [operating.retry, operating.rewind])
    def test_lifts_the_switches_of_what_they_take_up(self, booking, what):
        switches = ["payment.authorize-payment=stuck", "payment.void-payment=stuck"]
        _, order = booking.request("12A", failures=switches)

        ordered = act(booking, what, order)

        assert set(told(ordered).values()) == {None}
        assert "failures" not in run_of(booking, "book", ordered.payload["reservationId"])["payload"]
