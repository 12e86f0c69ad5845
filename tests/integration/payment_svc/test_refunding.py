"""Refunds: all of it or parts, each once, and never more than was captured."""

from decimal import Decimal

import pytest

from payment_svc.domain import NotRefundable, PaymentNotFound
from payment_svc.service import paying
from tests.builders import PRICE
from tests.together import together


class TestRefund:
    def refund(self, pay, auth_id, amount=None):
        return pay.database.write(paying.request_refund, auth_id=auth_id, amount=amount, reason="requested")

    def test_gives_everything_back(self, pay, captured):
        self.refund(pay, captured)
        pay.sweep()

        assert (pay.payment().status, pay.bank.acts[-1]) == ("refunded", ("refund", 45000))
        assert [body["amount"] for body in pay.bodies("RefundIssued")] == [PRICE]

    def test_gives_parts_back_until_all_of_it_went(self, pay, captured):
        self.refund(pay, captured, Decimal("100.00"))
        pay.sweep()
        assert pay.payment().status == "captured"
        self.refund(pay, captured)
        pay.sweep()

        assert pay.payment().status == "refunded"
        assert [amount for act, amount in pay.bank.acts if act == "refund"] == [10000, 35000]

    @pytest.mark.parametrize("amount", ["450.01", "0.00", "-1.00"])
    def test_never_gives_back_more_than_there_is(self, pay, captured, amount):
        with pytest.raises(NotRefundable):
            self.refund(pay, captured, Decimal(amount))

    def test_counts_what_was_asked_for_but_not_issued_yet(self, pay, captured):
        self.refund(pay, captured, Decimal("450.00"))

        with pytest.raises(NotRefundable):
            self.refund(pay, captured, Decimal("0.01"))

    def test_asked_for_many_times_at_once_never_exceeds_the_capture(self, pay, captured):
        def attempt():
            try:
                return self.refund(pay, captured, Decimal("100.00"))
            except NotRefundable:
                return None

        asked = together(*(attempt for _ in range(8)))
        pay.sweep()

        assert sum(refund is not None for refund in asked) == 4
        assert sum(amount for act, amount in pay.bank.acts if act == "refund") == 40000

    def test_is_only_for_captured_money(self, pay):
        auth_id = pay.authorize()["authId"]

        with pytest.raises(NotRefundable, match="authorized"):
            self.refund(pay, auth_id)

    def test_without_an_answer_is_asked_again_with_the_same_key(self, pay, captured):
        self.refund(pay, captured)
        pay.bank.silent = 1
        pay.sweep()
        assert "RefundIssued" not in pay.told()
        pay.sweep()

        assert pay.told().count("RefundIssued") == 1
        assert pay.acts().count("refund") == 1

    def test_of_an_unknown_payment_is_not_found(self, pay):
        with pytest.raises(PaymentNotFound):
            self.refund(pay, "pa_nobody")
