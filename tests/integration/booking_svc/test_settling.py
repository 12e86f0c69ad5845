"""The end of a reservation: confirmed once and only with its price covered, or failed with everything undone."""

from uuid import uuid4

import pytest

from booking_svc.domain.reservations import ReservationNotFound, SeatTaken
from booking_svc.service import settling
from common import saga
from common.contracts.booking import ReservationConfirmRequested
from common.saga import StepRefused
from tests.builders import a_payment_failed, an_answer
from tests.integration.booking import an_authorization
from tests.together import together


class TestConfirm:
    def test_gives_the_seats_and_tells_so(self, booking):
        reservation, _ = booking.request("12A", "12B")

        assert booking.confirm(reservation) == "confirmed"

        assert booking.seats() == {"12A": "held", "12B": "held"}
        assert booking.show(reservation).completed_at is not None
        assert booking.saga_state(reservation) == "finished"
        told = [event["type"] for event in booking.told("ReservationConfirmed", "SeatHeld", "ReservationFailed")]
        assert told == ["ReservationConfirmed", "SeatHeld", "SeatHeld"]

    def test_happens_once_however_often_it_is_asked(self, booking):
        reservation, _ = booking.request()

        assert [booking.confirm(reservation) for _ in range(3)] == ["confirmed"] * 3

        assert len(booking.told("ReservationConfirmed")) == 1

    def test_happens_once_when_asked_twice_at_the_same_moment(self, booking):
        for row in range(14, 22):
            reservation, _ = booking.request(f"{row}C")

            together(*(lambda reservation=reservation: booking.confirm(reservation) for _ in range(2)))

        assert len(booking.told("ReservationConfirmed")) == 8

    def test_waits_until_the_whole_price_is_covered(self, booking):
        reservation, _ = booking.request()
        half = reservation.price_minor - 1

        assert booking.confirm(reservation, an_answer(half)) == "pending"
        assert booking.confirm(reservation, an_answer(half), an_answer(1, part=2)) == "confirmed"

    def test_counts_no_payment_that_is_only_open(self, booking):
        reservation, _ = booking.request(payments=[{"kind": "crypto"}])

        assert booking.confirm(reservation, an_answer(reservation.price_minor, status="open")) == "pending"
        booking.hear(settling.note_authorized, an_authorization(reservation))

        assert booking.show(reservation).status == "confirmed"

    def test_does_not_let_an_overtaken_answer_undo_what_was_heard(self, booking):
        reservation, _ = booking.request(payments=[{"kind": "crypto"}])
        booking.hear(settling.note_authorized, an_authorization(reservation))

        assert booking.confirm(reservation, an_answer(reservation.price_minor, status="open")) == "confirmed"
        assert [payment.status for payment in booking.show(reservation).payments] == ["authorized"]

    def test_refuses_when_the_time_is_up_by_the_databases_clock(self, booking):
        reservation, _ = booking.request()
        booking.let_time_run_out(reservation)

        with pytest.raises(StepRefused, match="timeout"):
            booking.confirm(reservation)

        assert booking.show(reservation).status == "pending"
        assert booking.seats() == {"12A": "tentative"}

    def test_of_several_at_once_refuses_only_what_is_late(self, booking):
        first, late, rests = (booking.request(f"{row}C")[0] for row in (14, 15, 16))
        booking.let_time_run_out(late)
        asked = [
            (ReservationConfirmRequested(correlation_id=each.correlation_id, reservation_id=each.id), [answer])
            for each, answer in (
                (rests, an_answer(rests.price_minor - 1)),
                (first, an_answer(first.price_minor)),
                (late, an_answer(late.price_minor)),
                (first, an_answer(first.price_minor)),
            )
        ]

        said = booking.database.write(settling.confirm_all, asked)

        assert said[:2] == ["pending", "confirmed"]
        assert isinstance(said[2], StepRefused)
        assert said[3] == "confirmed"
        assert [booking.show(each).status for each in (first, late, rests)] == ["confirmed", "pending", "pending"]
        assert booking.show(late).payments == []
        assert len(booking.told("ReservationConfirmed")) == 1

    def test_does_nothing_once_the_saga_is_on_its_way_back(self, booking):
        reservation, order = booking.request()
        booking.turn_back(order)

        assert booking.confirm(reservation) == "pending"
        assert booking.told("ReservationConfirmed") == []

    def test_knows_no_reservation_that_is_not_there(self, booking):
        reservation, _ = booking.request()
        reservation.id += 1

        with pytest.raises(ReservationNotFound):
            booking.confirm(reservation)


class TestALostPayment:
    def lose(self, booking, reservation, part=1):
        lost = a_payment_failed(reservation_id=reservation.id, part=part, reason="already_expired")
        booking.hear(settling.note_payment_failed, lost)

    def test_cancels_a_confirmed_reservation_and_frees_its_seats(self, booking):
        reservation, _ = booking.request("12A", "12B")
        booking.confirm(reservation)

        self.lose(booking, reservation)

        assert (booking.show(reservation).status, booking.seats()) == ("cancelled", {})
        told = booking.told("SeatReleased", "ReservationCancelled")
        assert [event["type"] for event in told] == ["SeatReleased", "SeatReleased", "ReservationCancelled"]

    def test_cancels_once(self, booking):
        reservation, _ = booking.request()
        booking.confirm(reservation)

        for _ in range(2):
            self.lose(booking, reservation)

        assert len(booking.told("ReservationCancelled")) == 1

    def test_that_never_counted_takes_no_seat_however_late_it_is_told(self, booking):
        reservation, _ = booking.request(payments=[])
        booking.hear(settling.note_authorized, an_authorization(reservation, part=2))
        assert booking.show(reservation).status == "confirmed"

        self.lose(booking, reservation, part=1)

        assert (booking.show(reservation).status, booking.seats()) == ("confirmed", {"12A": "held"})


class TestReleaseSeats:
    def test_frees_the_seats_and_fails_the_reservation_with_its_reason(self, booking):
        reservation, order = booking.request("12A", "12B")
        booking.turn_back(order, "insufficient_funds")

        booking.release(reservation)

        shown = booking.show(reservation)
        assert (shown.status, shown.failure_reason) == ("failed", "insufficient_funds")
        assert booking.seats() == {}
        told = booking.told("SeatReleased", "ReservationFailed")
        assert [(event["type"], event["reason"]) for event in told] == [
            ("SeatReleased", "payment_failed"),
            ("SeatReleased", "payment_failed"),
            ("ReservationFailed", "insufficient_funds"),
        ]
        assert booking.saga_state(reservation) == "rewound"

    def test_of_a_hold_that_ran_out_says_timeout_throughout(self, booking):
        reservation, _ = booking.request(payments=[])
        booking.let_time_run_out(reservation)
        booking.database.write(saga.due)

        booking.release(reservation)

        assert {event["reason"] for event in booking.told("SeatReleased", "ReservationFailed")} == {"timeout"}

    def test_happens_once(self, booking):
        reservation, order = booking.request()
        booking.turn_back(order)

        for _ in range(2):
            booking.release(reservation)

        assert len(booking.told("ReservationFailed")) == 1

    def test_leaves_a_confirmed_reservation_its_seats(self, booking):
        reservation, order = booking.request()
        booking.confirm(reservation)
        assert booking.turn_back(order) is None

        booking.release(reservation)

        assert booking.seats() == {"12A": "held"}
        assert booking.show(reservation).status == "confirmed"

    def test_takes_no_seat_of_somebody_else(self, booking):
        failed, order = booking.request("12A")
        booking.turn_back(order)
        booking.release(failed)
        booking.request("12A")

        booking.release(failed)

        assert booking.seats() == {"12A": "tentative"}

    def test_lets_the_seat_be_sold_again(self, booking):
        reservation, order = booking.request("12A")
        with pytest.raises(SeatTaken):
            booking.request("12A")
        booking.turn_back(order)
        booking.release(reservation)

        again, _ = booking.request("12A")

        assert booking.confirm(again) == "confirmed"


class TestBeginRewind:
    def test_takes_the_reason_of_the_step_that_refused(self, booking):
        reservation, order = booking.request()

        assert booking.turn_back(order, "expired_card").back is True
        booking.release(reservation)

        assert booking.show(reservation).failure_reason == "expired_card"

    def test_without_one_takes_what_the_payment_told_by_event(self, booking):
        reservation, order = booking.request()
        booking.hear(
            settling.note_payment_failed, a_payment_failed(reservation_id=reservation.id, reason="card_declined")
        )

        booking.turn_back(order, None)
        booking.release(reservation)

        assert booking.show(reservation).failure_reason == "card_declined"

    def test_without_any_says_that_the_payment_failed(self, booking):
        reservation, order = booking.request()

        booking.turn_back(order, None)
        booking.release(reservation)

        assert booking.show(reservation).failure_reason == "payment_failed"

    def test_called_twice_turns_once(self, booking):
        _, order = booking.request()

        assert booking.turn_back(order) is not None
        assert booking.turn_back(order) is None

    def test_of_a_run_that_is_not_there_does_nothing(self, booking):
        order = saga.Order(saga="book", run_id=404, attempt=1, back=False, payload={"correlationId": uuid4()})

        assert booking.turn_back(order) is None
