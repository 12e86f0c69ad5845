"""Paying a hold later: what is left of its price, once, and only while it waits."""

from decimal import Decimal

import pytest

from common.auth import INSTALLATION
from payment_svc.domain import NotPayable, PaymentNotFound, WrongShare
from payment_svc.service import paying
from tests.builders import a_confirmed, a_failed, an_initiated, in_days
from tests.together import together

CARD = {"kind": "card", "token": "tok_visa"}


class TestPayLater:
    def pay(self, pay, **changes):
        wanted = {"caller": INSTALLATION, "token": "", "locator": "K7Q2ZD", "payment_method": CARD} | changes
        return pay.database.write(paying.pay_later, **wanted)

    def test_of_a_hold_asks_for_what_is_left(self, pay):
        pay.hear(an_initiated())
        self.pay(pay, amount=Decimal("100.00"))
        self.pay(pay)
        pay.sweep()

        assert pay.bank.acts == [("authorize", 10000), ("authorize", 35000)]
        assert pay.told() == ["PaymentAuthorized"] * 2

    def test_does_not_take_the_price_twice(self, pay):
        pay.hear(an_initiated())
        self.pay(pay)

        with pytest.raises(NotPayable, match="whole price"):
            self.pay(pay)

    def test_by_many_at_once_takes_the_price_once(self, pay):
        pay.hear(an_initiated())

        def attempt():
            try:
                return self.pay(pay)
            except NotPayable:
                return None

        begun = together(*(attempt for _ in range(6)))

        assert sum(payment is not None for payment in begun) == 1

    def test_may_be_tried_again_after_a_refusal(self, pay):
        pay.hear(an_initiated())
        pay.bank.decline = "card_declined"
        self.pay(pay)
        pay.sweep()
        pay.bank.decline = None
        self.pay(pay)
        pay.sweep()

        assert [payment.status for payment in pay.payments()] == ["failed", "authorized"]

    @pytest.mark.parametrize(
        ("news", "refusal", "said"),
        [
            ([], PaymentNotFound, "no reservation"),
            ([an_initiated(pay_later=False)], NotPayable, "pays at once"),
            ([an_initiated(pay_by=in_days(-0.001))], NotPayable, "time to pay is over"),
            ([an_initiated(), a_failed()], NotPayable, "it is failed"),
            ([an_initiated(), a_confirmed()], NotPayable, "it is confirmed"),
        ],
        ids=["unknown", "paid at once", "too late", "failed", "confirmed"],
    )
    def test_is_refused_for_what_takes_no_payment(self, pay, news, refusal, said):
        for event in news:
            pay.hear(event)

        with pytest.raises(refusal, match=said):
            self.pay(pay)

        assert pay.payments() == []

    @pytest.mark.parametrize("amount", ["450.01", "0.00", "-1.00"])
    def test_takes_no_more_and_no_less_than_a_part(self, pay, amount):
        pay.hear(an_initiated())

        with pytest.raises(WrongShare):
            self.pay(pay, amount=Decimal(amount))

    def test_that_lands_after_the_reservation_failed_is_given_back(self, pay):
        pay.hear(an_initiated())
        self.pay(pay)
        pay.bank.meanwhile = lambda: pay.hear(a_failed())
        pay.sweep()
        pay.sweep()

        assert (pay.payment().status, pay.acts()) == ("voided", ["authorize", "void"])
