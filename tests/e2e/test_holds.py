"""Seats held for a payment to come: paid in time they are confirmed, and after that time nothing is kept."""

import time
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from tests.e2e.holding import hold, pay
from tests.e2e.money import balance, ledgers, payments, taken, wait_for_ledgers, wallet_with
from tests.stack import Json, Stack, read


def seconds_left(held: Json) -> float:
    return (datetime.fromisoformat(held["payBy"]) - datetime.now(UTC)).total_seconds()


def sleep_until_left(held: Json, seconds: float) -> None:
    """Wait for a moment of the hold's own life: there is nothing to look for that tells it."""
    time.sleep(max(0.0, seconds_left(held) - seconds))


class TestAHold:
    def test_shows_its_seat_as_held_and_until_when_to_pay(self, stack):
        held = stack.book(payLater=True)

        (seat,) = held["seats"]
        assert held["status"] == "pending"
        assert stack.seat(seat["departureId"], seat["seatNumber"])["state"] == "held"
        assert 0 < seconds_left(held) <= stack.state.hold_seconds

    def test_is_confirmed_when_it_is_paid_in_time(self, stack):
        held = hold(stack)

        payment = read(pay(stack, held), 202)

        reservation = stack.follow(held)
        assert reservation["status"] == "confirmed"
        assert payment["amount"] == held["price"]["amount"]
        wait_for_ledgers(stack, held, ["authorize", "capture"])
        assert taken(stack, held) == held["price"]["amount"]

    def test_is_confirmed_when_its_parts_add_up(self, stack):
        wallet = wallet_with(stack, Decimal("30.00"))
        held = hold(stack)

        first = read(pay(stack, held, wallet, amount=Decimal("30.00")), 202)
        second = read(pay(stack, held), 202)

        assert stack.follow(held)["status"] == "confirmed"
        assert first["amount"] + second["amount"] == held["price"]["amount"]
        wait_for_ledgers(stack, held, ["authorize", "capture"])
        assert taken(stack, held) == held["price"]["amount"] - 30

    def test_may_be_paid_another_way_when_a_card_is_declined(self, stack):
        held = hold(stack)
        declined = read(pay(stack, held, "tok_insufficient_funds"), 202)
        path = f"/payments/{declined['authId']}"
        stack.wait(lambda: stack.operate("GET", "payment", path)["status"] == "failed", what="the decline")
        assert stack.show(held)["status"] == "pending"

        read(pay(stack, held, "tok_mastercard"), 202)

        assert stack.follow(held)["status"] == "confirmed"

    def test_does_not_take_a_second_payment_of_its_whole_price(self, stack):
        held = hold(stack)
        read(pay(stack, held), 202)

        second = pay(stack, held)

        assert (second.status_code, second.json()["code"]) == (409, "not_payable")
        stack.follow(held)
        wait_for_ledgers(stack, held, ["authorize", "capture"])

    def test_takes_no_amount_that_is_not_a_part_of_its_price(self, stack):
        held = hold(stack)
        price = held["price"]["amount"]

        for amount in (Decimal(0), Decimal(-1), price + Decimal("0.01"), Decimal("1.001")):
            refused = pay(stack, held, amount=amount)

            assert (refused.status_code, refused.json()["code"]) == (422, "wrong_amount"), amount
        assert payments(stack, held) == []


class TestAHoldThatIsNotPaid:
    @pytest.fixture(scope="class")
    @classmethod
    def expired(cls, stack: Stack) -> Json:
        return hold(stack)

    def test_fails_by_timeout_and_frees_its_seat(self, stack, expired):
        reservation = stack.follow(expired)

        (seat,) = reservation["seats"]
        assert (reservation["status"], reservation["failureReason"]) == ("failed", "timeout")
        assert stack.seat(seat["departureId"], seat["seatNumber"])["state"] == "free"
        told = [entry["name"] for entry in stack.timeline(expired)]
        assert told.index("SeatReleased") < told.index("ReservationFailed") and "PaymentAuthorized" not in told

    def test_takes_no_payment_any_more(self, stack, expired):
        stack.follow(expired)

        late = pay(stack, expired)

        assert (late.status_code, late.json()["code"]) == (409, "not_payable")
        assert ledgers(stack, expired) == []


class TestAPaymentThatLandsTooLate:
    def test_is_voided(self, stack):
        held = hold(stack)
        # The bank thinks for three seconds about this card, and the hold has not so long to live.
        sleep_until_left(held, 2)
        read(pay(stack, held, "tok_slow"), 202)

        reservation = stack.follow(held)

        assert (reservation["status"], reservation["failureReason"]) == ("failed", "timeout")
        wait_for_ledgers(stack, held, ["authorize", "void"], seconds=30)
        stack.wait(lambda: payments(stack, held)[0]["status"] == "voided", what="payment_svc to know", seconds=30)
        assert taken(stack, held) == 0

    def test_from_a_wallet_is_given_back_when_only_a_part_was_paid(self, stack):
        wallet = wallet_with(stack, Decimal("10.00"))
        held = hold(stack)
        read(pay(stack, held, wallet, amount=Decimal("10.00")), 202)
        stack.wait(lambda: balance(stack, wallet) == (0, Decimal("10.00")), what="the wallet's money to be set aside")

        assert stack.follow(held)["failureReason"] == "timeout"

        stack.wait(lambda: balance(stack, wallet) == (Decimal("10.00"), 0), what="the wallet to be as it was")
