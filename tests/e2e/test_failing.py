"""Each way a booking can fail, and each way a bank can be difficult: all is undone, or nothing is done twice."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest

from tests.e2e.money import balance, ledgers, payments, taken, wait_for_ledgers, wallet_with
from tests.stack import Json, Stack, read

CARD = {"kind": "card", "token": "tok_visa"}


def card(token: str, **more: object) -> Json:
    return {"kind": "card", "token": token, **more}


def seat_of(reservation: Json) -> tuple[int, str]:
    (seat,) = reservation["seats"]
    return seat["departureId"], seat["seatNumber"]


def names_in(stack: Stack, reservation: Json) -> list[str]:
    return [entry["name"] for entry in stack.timeline(reservation)]


class TestASeatThatIsTaken:
    @pytest.fixture
    def refusal(self, stack: Stack) -> Json:
        """The answer to somebody who asks for a seat that is held and one that is free."""
        departure_id = stack.departure()["departureId"]
        first, second = stack.free_seats(departure_id)[5:7]
        stack.book(departures=[{"departureId": departure_id, "seats": [first]}])
        wish = [{"departureId": departure_id, "seats": [first, second]}]
        ada, grace = {"firstName": "Ada", "lastName": "Lovelace"}, {"firstName": "Grace", "lastName": "Hopper"}
        answer = stack.request(departures=wish, passengers=[ada, grace])
        return {"answer": answer, "departure_id": departure_id, "taken": first, "free": second}

    def test_is_refused_by_name(self, refusal):
        problem = read(refusal["answer"], 409)

        assert problem["code"] == "seat_taken"
        assert problem["seats"] == list(problem["alternatives"]) == [refusal["taken"]]
        assert problem["departureId"] == refusal["departure_id"]

    def test_leaves_the_other_seat_of_the_request_free(self, stack, refusal):
        assert stack.seat(refusal["departure_id"], refusal["free"])["state"] == "free"

    def test_comes_with_free_seats_like_it(self, stack, refusal):
        alternatives = read(refusal["answer"], 409)["alternatives"][refusal["taken"]]

        free = stack.free_seats(refusal["departure_id"], cabin="economy")
        assert len(set(alternatives)) == len(alternatives) == 6
        assert set(alternatives) <= set(free) - {refusal["free"]}
        booked = stack.book(departures=[{"departureId": refusal["departure_id"], "seats": alternatives[:1]}])
        assert stack.follow(booked)["status"] == "confirmed"


class TestADeclinedPayment:
    @pytest.mark.parametrize(
        ("token", "reason"),
        [
            ("tok_insufficient_funds", "insufficient_funds"),
            ("tok_expired_card", "expired_card"),
            ("tok_declined", "card_declined"),
            ("tok_nobody_knows", "unknown_token"),
        ],
    )
    def test_fails_the_reservation_with_the_banks_reason_and_frees_the_seat(self, stack, token, reason):
        reservation = stack.follow(stack.book(payments=[card(token)]))

        assert (reservation["status"], reservation["failureReason"]) == ("failed", reason)
        assert stack.seat(*seat_of(reservation))["state"] == "free"
        assert ledgers(stack, reservation) == []
        assert stack.follow(stack.book(departures=_again(reservation)))["status"] == "confirmed"

    def test_is_told_with_all_that_was_undone(self, stack):
        reservation = stack.follow(stack.book(payments=[card("tok_insufficient_funds")]))

        told = names_in(stack, reservation)
        way_back = ["PaymentFailed", "turn back", "void payment", "SeatReleased", "ReservationFailed"]
        assert sorted(way_back, key=told.index) == way_back
        assert "ReservationConfirmed" not in told

    def test_by_an_empty_wallet_takes_nothing_from_it(self, stack):
        wallet = wallet_with(stack, Decimal("1.00"))

        reservation = stack.follow(stack.book(payments=[{"kind": "wallet", "token": wallet}]))

        assert (reservation["status"], reservation["failureReason"]) == ("failed", "insufficient_funds")
        assert balance(stack, wallet) == (Decimal("1.00"), 0)

    def test_by_a_wallet_that_does_not_exist_fails_the_reservation(self, stack):
        reservation = stack.follow(stack.book(payments=[{"kind": "wallet", "token": "wal_nobodys"}]))

        assert (reservation["status"], reservation["failureReason"]) == ("failed", "unknown_wallet")


class TestOneOfTwoPaymentsThatIsDeclined:
    @pytest.mark.parametrize("order", [1, -1])
    def test_voids_the_other_card_whichever_came_first(self, stack, order):
        shares = [card("tok_visa", amount=Decimal("20.00")), card("tok_insufficient_funds")][::order]

        reservation = stack.follow(stack.book(payments=shares))

        assert (reservation["status"], reservation["failureReason"]) == ("failed", "insufficient_funds")
        assert stack.seat(*seat_of(reservation))["state"] == "free"
        wait_for_ledgers(stack, reservation, ["authorize", "void"])
        stack.wait(
            lambda: sorted(p["status"] for p in payments(stack, reservation)) == ["failed", "voided"],
            what="payment_svc to know that one payment failed and one is voided",
        )

    def test_gives_the_wallet_back_what_was_set_aside(self, stack):
        wallet = wallet_with(stack, Decimal("30.00"))
        shares = [{"kind": "wallet", "token": wallet, "amount": Decimal("30.00")}, card("tok_expired_card")]

        reservation = stack.follow(stack.book(payments=shares))

        assert (reservation["status"], reservation["failureReason"]) == ("failed", "expired_card")
        stack.wait(lambda: balance(stack, wallet) == (Decimal("30.00"), 0), what="the wallet to be as it was")


class TestADifficultBank:
    # The bank answers late by design, so that all are waited for at once.
    @pytest.fixture(scope="class")
    @classmethod
    def paid(cls, stack: Stack) -> dict[str, Json]:
        tokens = [
            "tok_slow",
            "tok_timeout_after_success",
            "tok_error_after_success",
            "tok_fails_twice",
            "tok_capture_timeout_after_success",
        ]
        pending = {token: stack.book(payments=[card(token)]) for token in tokens}
        with ThreadPoolExecutor(len(tokens)) as pool:
            return dict(zip(tokens, pool.map(stack.follow, pending.values()), strict=True))

    @pytest.mark.parametrize(
        "token",
        [
            "tok_slow",
            "tok_timeout_after_success",
            "tok_error_after_success",
            "tok_fails_twice",
            "tok_capture_timeout_after_success",
        ],
    )
    def test_is_asked_until_it_is_known_that_the_money_moved_once(self, stack, paid, token):
        reservation = paid[token]

        assert reservation["status"] == "confirmed"
        wait_for_ledgers(stack, reservation, ["authorize", "capture"], seconds=40)
        assert taken(stack, reservation) == reservation["price"]["amount"]

    def test_that_does_not_answer_a_void_is_asked_until_it_is_done_once(self, stack):
        shares = [
            card("tok_void_timeout_after_success", amount=Decimal("20.00")),
            card("tok_insufficient_funds"),
        ]

        reservation = stack.follow(stack.book(payments=shares))

        assert reservation["failureReason"] == "insufficient_funds"
        wait_for_ledgers(stack, reservation, ["authorize", "void"], seconds=40)
        stack.wait(
            lambda: sorted(p["status"] for p in payments(stack, reservation)) == ["failed", "voided"],
            what="payment_svc to know that the void was done",
            seconds=40,
        )


def _again(reservation: Json) -> list[Json]:
    departure_id, seat = seat_of(reservation)
    return [{"departureId": departure_id, "seats": [seat]}]
