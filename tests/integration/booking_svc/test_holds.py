"""A hold: confirmed by the payments that cover it, or expired; never both."""

from booking_svc.service import settling
from common import saga
from tests.builders import a_payment_failed
from tests.integration.booking import an_authorization
from tests.together import together


class TestAHold:
    def hold(self, booking):
        return booking.request(payments=[])

    def test_is_confirmed_by_the_payment_that_covers_it(self, booking):
        reservation, _ = self.hold(booking)

        booking.hear(settling.note_authorized, an_authorization(reservation, part=1, minor=100))
        assert booking.show(reservation).status == "pending"
        booking.hear(
            settling.note_authorized, an_authorization(reservation, part=2, minor=reservation.price_minor - 100)
        )

        assert booking.show(reservation).status == "confirmed"

    def test_counts_a_payment_that_is_told_twice_once(self, booking):
        reservation, _ = self.hold(booking)
        half = reservation.price_minor // 2 + 1

        for _ in range(2):
            booking.hear(settling.note_authorized, an_authorization(reservation, minor=half))

        assert booking.show(reservation).status == "pending"

    def test_outlives_a_payment_that_failed(self, booking):
        reservation, _ = self.hold(booking)

        booking.hear(settling.note_payment_failed, a_payment_failed(reservation_id=reservation.id))
        booking.hear(settling.note_authorized, an_authorization(reservation, part=2))

        shown = booking.show(reservation)
        assert shown.status == "confirmed"
        assert [(payment.part, payment.status, payment.reason) for payment in shown.payments] == [
            (1, "failed", "insufficient_funds"),
            (2, "authorized", None),
        ]

    def test_that_ran_out_is_not_confirmed_by_a_late_payment(self, booking):
        reservation, _ = self.hold(booking)
        booking.let_time_run_out(reservation)

        booking.hear(settling.note_authorized, an_authorization(reservation))

        assert booking.show(reservation).status == "pending"
        (order,) = booking.database.write(saga.due)
        booking.release(reservation)
        assert (order.back, booking.show(reservation).status) == (True, "failed")

    def test_that_failed_stays_failed_whatever_is_paid(self, booking):
        reservation, _ = self.hold(booking)
        booking.let_time_run_out(reservation)
        booking.database.write(saga.due)
        booking.release(reservation)

        booking.hear(settling.note_authorized, an_authorization(reservation))

        assert booking.show(reservation).status == "failed"
        assert booking.seats() == {}

    def test_and_its_payment_and_its_expiry_at_once_end_in_one_way(self, booking):
        for row in range(14, 26):
            reservation, _ = booking.request(f"{row}C", payments=[])
            order = saga.Order(saga="hold", run_id=self.run_id(booking, reservation), attempt=1, back=False, payload={})

            together(
                lambda reservation=reservation: booking.hear(settling.note_authorized, an_authorization(reservation)),
                lambda order=order: booking.turn_back(order, "timeout"),
            )
            booking.release(reservation)

            shown = booking.show(reservation)
            assert (shown.status, booking.seats().get(f"{row}C")) in {("confirmed", "held"), ("failed", None)}
        assert len(booking.told("ReservationConfirmed")) + len(booking.told("ReservationFailed")) == 12

    def test_is_confirmed_beside_others_in_one_batch_if_it_alone_is_covered_and_in_time(self, booking):
        paid, part_paid, late, turned_round = (booking.request(f"{row}C", payments=[])[0] for row in range(14, 18))
        booking.let_time_run_out(late)
        run_id = self.run_id(booking, turned_round)
        booking.turn_back(saga.Order(saga="hold", run_id=run_id, attempt=1, back=False, payload={}), "operator")

        booking.hear(
            settling.note_authorized,
            an_authorization(paid, part=1, minor=100),
            an_authorization(part_paid, minor=100),
            an_authorization(paid, part=2, minor=paid.price_minor - 100),
            an_authorization(late),
            an_authorization(turned_round),
        )

        shown = [booking.show(each).status for each in (paid, part_paid, late, turned_round)]
        assert shown == ["confirmed", "pending", "pending", "pending"]
        assert booking.seats() == {"14C": "held", "15C": "tentative", "16C": "tentative", "17C": "tentative"}
        assert [event["locator"] for event in booking.told("ReservationConfirmed")] == [paid.locator]
        assert [event["seatNumber"] for event in booking.told("SeatHeld")] == ["14C"]

    def run_id(self, booking, reservation):
        (run,) = booking.database.read(saga.runs, correlation_id=reservation.correlation_id)
        return run["id"]
