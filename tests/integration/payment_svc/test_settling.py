"""Captured after the pivot, voided on failure, given back on cancellation; each at the bank once."""

from decimal import Decimal

import pytest

from common.saga import StepRefused
from payment_svc.provider import Answer
from payment_svc.service import paying, settling
from tests.builders import a_cancelled, a_confirmed, a_failed
from tests.together import together


class TestCapture:
    def test_follows_the_confirmation(self, pay):
        pay.authorize()
        pay.hear(a_confirmed())
        pay.sweep()

        assert pay.bank.acts == [("authorize", 45000), ("capture", 45000)]
        assert (pay.payment().status, pay.told()) == ("captured", ["PaymentAuthorized", "PaymentCaptured"])

    def test_follows_each_confirmation_of_a_batch_but_for_what_is_over(self, pay):
        for number in (1, 2, 3):
            pay.authorize(reservation_id=number)
        pay.hear(a_failed(reservation_id=2))
        pay.hear(*(a_confirmed(reservation_id=number) for number in (3, 2, 1, 4)))
        pay.sweep()

        known = {payment.reservation_id: payment.status for payment in pay.payments()}
        assert known == {1: "captured", 2: "voided", 3: "captured"}

    def test_of_several_is_written_for_each_though_they_cannot_be_written_together(self, pay, monkeypatch):
        for number in (1, 2, 3):
            pay.authorize(reservation_id=number)
            pay.hear(a_confirmed(reservation_id=number))
        note, together = settling._note_captured, []

        def one_by_one(session, captured):
            together.append(len(captured))
            if len(captured) > 1:
                raise LookupError("not together")
            note(session, captured)

        monkeypatch.setattr(settling, "_note_captured", one_by_one)
        pay.sweep()

        assert together == [3, 1, 1, 1]
        assert {payment.status for payment in pay.payments()} == {"captured"}

    def test_takes_every_part(self, pay):
        for part, amount in ((1, "100.00"), (2, "350.00")):
            pay.authorize(part=part, amount=Decimal(amount))
        pay.hear(a_confirmed())
        pay.sweep()

        assert sorted(pay.bank.acts) == [
            ("authorize", 10000),
            ("authorize", 35000),
            ("capture", 10000),
            ("capture", 35000),
        ]

    def test_without_an_answer_is_asked_again_until_it_is_known(self, pay):
        pay.authorize()
        pay.hear(a_confirmed())
        pay.bank.silent = 2
        for _ in range(3):
            pay.sweep()

        assert (pay.payment().status, pay.acts()) == ("captured", ["authorize", "capture"])

    def test_of_what_the_bank_let_go_is_told_as_failed(self, pay, monkeypatch):
        pay.authorize()
        pay.hear(a_confirmed())
        expired = Answer(outcome="expired", reason="already_expired")
        monkeypatch.setattr(pay.bank, "capture", lambda **_: expired)
        pay.sweep()

        assert (pay.payment().status, pay.payment().reason) == ("failed", "already_expired")
        assert pay.told()[-1] == "PaymentFailed"

    def test_is_never_undone_by_a_late_void(self, pay, captured):
        pay.void()
        pay.hear(a_failed())
        pay.sweep()

        assert (pay.payment().status, pay.acts()) == ("captured", ["authorize", "capture"])
        assert pay.payment().due_at is None


class TestVoid:
    def test_lets_the_money_go_at_once(self, pay):
        pay.authorize()
        pay.void(reason="insufficient_funds")

        assert (pay.payment().status, pay.acts()) == ("voided", ["authorize", "void"])
        assert [body["reason"] for body in pay.bodies("PaymentVoided")] == ["insufficient_funds"]

    def test_happens_once_however_often_it_is_asked(self, pay):
        pay.authorize()
        for _ in range(3):
            pay.void()
        pay.sweep()

        assert (pay.acts(), pay.told()) == (["authorize", "void"], ["PaymentAuthorized", "PaymentVoided"])

    def test_without_an_answer_is_left_to_the_sweep(self, pay):
        pay.authorize()
        pay.bank.silent = 1
        pay.void()
        assert pay.payment().status == "authorized"

        pay.sweep()

        assert (pay.payment().status, pay.acts()) == ("voided", ["authorize", "void"])

    def test_of_what_was_refused_does_nothing(self, pay):
        pay.bank.decline = "expired_card"
        with pytest.raises(StepRefused):
            pay.authorize()

        pay.void()

        assert (pay.payment().status, pay.acts()) == ("failed", ["decline"])

    def test_of_an_open_invoice_closes_it(self, pay):
        pay.authorize(payment_method={"kind": "crypto"})
        pay.void()

        assert (pay.payment().status, pay.acts()) == ("voided", ["invoice", "void"])

    def test_that_finds_the_money_taken_gives_it_back(self, pay, monkeypatch):
        pay.authorize()
        taken = Answer(outcome="captured", reason="already_captured")
        monkeypatch.setattr(pay.bank, "void", lambda **_: taken)
        pay.void()
        assert pay.payment().status == "captured"

        pay.sweep()

        assert (pay.payment().status, pay.bank.acts[-1]) == ("refunded", ("refund", 45000))


class TestACancelledReservation:
    def settle(self, pay):
        for _ in range(3):
            pay.sweep()

    def test_gets_back_what_was_taken(self, pay, captured):
        pay.hear(a_cancelled())
        self.settle(pay)

        assert (pay.payment().status, pay.bank.acts[-1]) == ("refunded", ("refund", 45000))

    def test_gets_back_only_what_is_not_on_its_way_back_already(self, pay, captured):
        pay.database.write(paying.request_refund, auth_id=captured, amount=Decimal("100.00"), reason="requested")
        pay.hear(a_cancelled())
        pay.hear(a_cancelled())
        self.settle(pay)

        assert sorted(amount for act, amount in pay.bank.acts if act == "refund") == [10000, 35000]

    def test_is_not_taken_from_any_more(self, pay):
        pay.authorize()
        pay.hear(a_confirmed())
        pay.hear(a_cancelled())
        self.settle(pay)

        assert (pay.payment().status, pay.acts()) == ("voided", ["authorize", "void"])

    def test_while_the_bank_takes_the_money_gets_it_back(self, pay):
        pay.authorize()
        pay.hear(a_confirmed())
        pay.bank.meanwhile = lambda: pay.hear(a_cancelled())
        self.settle(pay)

        assert (pay.payment().status, pay.acts()) == ("refunded", ["authorize", "capture", "refund"])

    def test_is_not_taken_from_for_being_heard_before_its_confirmation(self, pay):
        pay.authorize()
        pay.hear(a_cancelled())
        pay.hear(a_confirmed())
        self.settle(pay)

        assert (pay.payment().status, pay.acts()) == ("voided", ["authorize", "void"])

    def test_at_the_very_moment_it_is_taken_from_keeps_nothing(self, pay):
        for number in range(1, 11):
            pay.authorize(reservation_id=number)
            pay.hear(a_confirmed(reservation_id=number))
            together(
                lambda: settling.settle_due(pay.database, pay.bank),
                lambda number=number: pay.hear(a_cancelled(reservation_id=number)),
            )
        self.settle(pay)

        assert {payment.status for payment in pay.payments()} <= {"voided", "refunded"}


class TestTwoSweepsAtOnce:
    def test_ask_for_each_payment_once(self, pay):
        for number in range(1, 13):
            pay.authorize(reservation_id=number)
            pay.hear(a_confirmed(reservation_id=number))

        asked = pay.bank.asks
        together(*(lambda: settling.settle_due(pay.database, pay.bank) for _ in range(3)))

        assert pay.bank.asks - asked == pay.acts().count("capture") == 12
        assert pay.told().count("PaymentCaptured") == 12
