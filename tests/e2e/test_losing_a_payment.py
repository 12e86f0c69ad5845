"""A payment that the bank lets go before it can be captured: the reservation is cancelled, and no money is kept."""

import pytest

from tests.e2e.money import balance, taken, wait_for_ledgers, wallet_with
from tests.stack import Json, Stack


def cancelled(stack: Stack, reservation: Json) -> Json:
    return stack.wait(
        lambda: (now := stack.show(reservation))["status"] == "cancelled" and now,
        what=f"reservation {reservation['locator']} to be cancelled",
    )


class TestACaptureThatIsRefusedAfterThePivot:
    @pytest.fixture
    def wallet(self, stack):
        return wallet_with(stack, 20)

    @pytest.fixture
    def reservation(self, stack, wallet):
        """One paid by a wallet and by a card whose authorization the bank forgets at once."""
        methods = [
            {"kind": "wallet", "token": wallet, "amount": 20},
            {"kind": "card", "token": "tok_expires_at_once"},
        ]
        return cancelled(stack, stack.book(payments=methods))

    def test_cancels_the_reservation_and_says_why(self, reservation):
        assert reservation["failureReason"] == "payment_failed"

    def test_frees_its_seat(self, stack, reservation):
        (seat,) = reservation["seats"]

        assert stack.seat(seat["departureId"], seat["seatNumber"])["state"] == "free"

    def test_gives_back_what_was_taken_from_the_wallet(self, stack, reservation, wallet):
        stack.wait(lambda: balance(stack, wallet) == (20, 0), what="the wallet to have its money again")

    def test_takes_nothing_from_the_card(self, stack, reservation):
        wait_for_ledgers(stack, reservation, ["authorize"])
        assert taken(stack, reservation) == 0

    def test_is_told_in_order(self, stack, reservation):
        events = [entry["name"] for entry in stack.timeline(reservation) if entry["kind"] == "event"]

        told = ["ReservationConfirmed", "PaymentFailed", "SeatReleased", "ReservationCancelled"]
        assert [name for name in events if name in told] == told
