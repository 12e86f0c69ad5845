"""Money of a cancelled reservation: back by the rule, once, and never more than was taken, whatever comes first."""

from decimal import Decimal

import pytest

from payment_svc.provider import Answer
from payment_svc.service import paying, refunding, settling
from tests.builders import PRICE, a_cancelled, a_confirmed, a_refund_command
from tests.integration.payment_svc.conftest import Paying
from tests.together import together


def order(pay: Paying, amount=PRICE, **changes) -> dict:
    return pay.database.write(refunding.order_refund, a_refund_command(amount=amount, **changes))


def a_ruled_cancellation(amount=PRICE):
    return a_cancelled(
        reason="cancelled", refund_amount=amount, fee_amount=PRICE - amount, currency="USD", refunds_ordered=True
    )


def back(pay: Paying) -> Decimal:
    """Return what went back at the bank."""
    return Decimal(sum(minor for act, minor in pay.bank.acts if act == "refund")) / 100


class TestOrderRefund:
    def test_gives_a_part_of_what_was_captured_back(self, pay, captured):
        assert order(pay, Decimal("375.00")) == {"part": 1, "outcome": "refund"}
        pay.sweep()

        assert back(pay) == Decimal("375.00")
        (told,) = pay.bodies("RefundIssued")
        assert (told["amount"], told["reason"]) == (Decimal("375.00"), "cancelled")
        assert pay.payment().status == "captured"

    def test_gives_all_of_it_back(self, pay, captured):
        order(pay)
        pay.sweep()

        assert (back(pay), pay.payment().status) == (PRICE, "refunded")

    def test_gives_nothing_back_and_keeps_what_was_captured(self, pay, captured):
        assert order(pay, Decimal(0))["outcome"] == "keep"
        pay.sweep()

        assert (pay.acts(), pay.payment().status) == (["authorize", "capture"], "captured")

    def test_is_done_once_however_often_it_comes(self, pay, captured):
        for _ in range(3):
            order(pay, Decimal("375.00"))
            pay.sweep()

        assert back(pay) == Decimal("375.00")

    def test_is_done_once_when_it_comes_twice_at_the_same_moment(self, pay, captured):
        together(*(lambda: order(pay, Decimal("375.00")) for _ in range(4)))
        together(*(lambda: settling.settle_due(pay.database, pay.bank) for _ in range(2)))

        assert back(pay) == Decimal("375.00")

    def test_gives_no_more_back_than_is_left(self, pay, captured):
        pay.database.write(paying.request_refund, auth_id=captured, amount=Decimal("400.00"), reason="goodwill")

        order(pay, Decimal("375.00"))
        pay.sweep()

        assert (back(pay), pay.payment().status) == (PRICE, "refunded")

    @pytest.mark.parametrize("confirmed_first", [True, False])
    def test_of_all_that_is_only_set_aside_voids_it(self, pay, confirmed_first):
        pay.authorize()
        if confirmed_first:
            pay.hear(a_confirmed())

        assert order(pay)["outcome"] == "void"
        pay.hear(a_ruled_cancellation())
        pay.hear(a_confirmed())
        pay.sweep()

        assert pay.acts() == ["authorize", "void"]
        assert pay.told()[-1] == "PaymentVoided"

    def test_of_all_voids_it_although_the_confirmation_is_heard_between_the_order_and_the_cancellation(self, pay):
        pay.authorize()

        order(pay)
        pay.hear(a_confirmed())
        pay.hear(a_ruled_cancellation())
        pay.sweep()

        assert pay.acts() == ["authorize", "void"]

    @pytest.mark.parametrize("amount", [Decimal("375.00"), Decimal(0)])
    def test_of_a_part_of_what_is_only_set_aside_captures_it_first(self, pay, amount):
        pay.authorize()

        order(pay, amount)
        pay.sweep()
        pay.sweep()

        assert pay.acts()[:2] == ["authorize", "capture"]
        assert back(pay) == amount

    @pytest.mark.parametrize("order_first", [True, False])
    def test_captures_what_is_kept_although_the_news_of_the_end_came_before_those_of_the_beginning(
        self, pay, order_first
    ):
        pay.authorize()
        news = [lambda: order(pay, Decimal("375.00")), lambda: pay.hear(a_ruled_cancellation(Decimal("375.00")))]
        for step in news if order_first else reversed(news):
            step()
        pay.hear(a_confirmed())

        pay.sweep()
        pay.sweep()

        assert pay.acts() == ["authorize", "capture", "refund"]
        assert back(pay) == Decimal("375.00")

    @pytest.mark.parametrize("amount", [PRICE, Decimal("375.00")])
    def test_that_meets_a_capture_under_way_gives_back_what_it_says(self, pay, amount):
        pay.authorize()
        pay.hear(a_confirmed())
        pay.bank.meanwhile = lambda: order(pay, amount)

        pay.sweep()
        pay.sweep()
        pay.sweep()

        assert back(pay) == amount
        assert pay.acts() == ["authorize", "capture", "refund"]

    def test_of_what_the_bank_let_go_is_dropped(self, pay, monkeypatch):
        pay.authorize()
        order(pay, Decimal("375.00"))
        expired = Answer(outcome="expired", reason="already_expired")
        monkeypatch.setattr(pay.bank, "capture", lambda **_: expired)

        pay.sweep()
        pay.sweep()

        assert (pay.payment().status, back(pay)) == ("failed", 0)
        assert pay.told()[-1] == "PaymentFailed"

    def test_of_what_is_voided_does_nothing(self, pay):
        pay.authorize()
        pay.void()

        assert order(pay)["outcome"] == "nothing"
        pay.sweep()
        assert pay.acts() == ["authorize", "void"]


class TestARuledCancellation:
    def test_gives_nothing_back_by_itself(self, pay, captured):
        pay.hear(a_ruled_cancellation(Decimal("375.00")))
        pay.sweep()

        assert back(pay) == 0

    def test_without_amounts_gives_back_whatever_was_taken(self, pay, captured):
        pay.hear(a_cancelled())
        pay.sweep()

        assert back(pay) == PRICE

    def test_of_a_hold_voids_what_is_set_aside(self, pay):
        pay.authorize()

        pay.hear(a_cancelled(reason="cancelled"))
        pay.sweep()

        assert pay.acts() == ["authorize", "void"]
