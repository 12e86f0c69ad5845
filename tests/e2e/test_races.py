"""Many clients want one thing at one moment: one gets it, the others are told so, and nobody pays for nothing."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier
from typing import TypeVar

import httpx

from tests.e2e.holding import hold
from tests.e2e.money import balance, payments, taken, wait_for_ledgers, wallet_with
from tests.stack import Stack, read

T = TypeVar("T")

CLIENTS = 50


def at_once(clients: int, act: Callable[[int], T]) -> list[T]:
    """Let each of so many clients, numbered from 0, act at the same moment; return what each got."""
    start = Barrier(clients)

    def run(client: int) -> T:
        start.wait(timeout=30)
        return act(client)

    with ThreadPoolExecutor(clients) as pool:
        return list(pool.map(run, range(clients)))


def authorized_at_the_bank(stack: Stack) -> int:
    ledger = read(stack.ask("GET", "bank", "/ledger"))
    return sum(entry["act"] == "authorize" for entry in ledger["entries"])


class TestFiftyClientsWhoWantOneSeat:
    def test_are_one_who_gets_and_pays_it_and_forty_nine_who_are_told_it_is_taken(self, stack):
        departure_id = stack.departure()["departureId"]
        wish = [{"departureId": departure_id, "seats": stack.free_seats(departure_id)[10:11]}]
        before = authorized_at_the_bank(stack)

        answers = at_once(CLIENTS, lambda _: stack.request(departures=wish))

        assert Counter(answer.status_code for answer in answers) == {202: 1, 409: CLIENTS - 1}
        for refusal in (read(answer, 409) for answer in answers if answer.status_code == 409):
            assert (refusal["code"], refusal["seats"]) == ("seat_taken", wish[0]["seats"])
            assert len(refusal["alternatives"][wish[0]["seats"][0]]) == 6
        (winner,) = (read(answer, 202) for answer in answers if answer.status_code == 202)
        assert stack.follow(winner)["status"] == "confirmed"
        wait_for_ledgers(stack, winner, ["authorize", "capture"])
        assert taken(stack, winner) == winner["price"]["amount"]
        assert authorized_at_the_bank(stack) == before + 1

    def test_never_lock_each_other_out_when_they_name_their_seats_in_opposite_order(self, stack):
        departure_id = stack.departure()["departureId"]
        pair = stack.free_seats(departure_id)[:2]
        party = [{"firstName": "Ada", "lastName": "Lovelace"}, {"firstName": "Grace", "lastName": "Hopper"}]

        def book(client: int) -> httpx.Response:
            wish = [{"departureId": departure_id, "seats": pair[:: 1 if client % 2 else -1]}]
            return stack.request(departures=wish, passengers=party)

        answers = at_once(20, book)

        assert Counter(answer.status_code for answer in answers) == {202: 1, 409: 19}
        (winner,) = (read(answer, 202) for answer in answers if answer.status_code == 202)
        assert stack.follow(winner)["status"] == "confirmed"


class TestTheLastMoneyInAWallet:
    def test_is_spent_once(self, stack):
        departure_id = stack.departure()["departureId"]
        seats = stack.free_seats(departure_id)[:8]
        wallet = wallet_with(stack, stack.seat(departure_id, seats[0])["price"])

        def book(client: int) -> str:
            wish = [{"departureId": departure_id, "seats": [seats[client]]}]
            made = stack.book(departures=wish, payments=[{"kind": "wallet", "token": wallet}])
            return stack.follow(made)["status"]

        assert Counter(at_once(8, book)) == {"confirmed": 1, "failed": 7}
        stack.wait(lambda: balance(stack, wallet) == (0, 0), what="the wallet's money to be taken")


class TestADeposit:
    def test_that_is_sent_ten_times_at_once_is_put_in_once(self, stack):
        wallet = wallet_with(stack, Decimal("1.00"))
        deposit = {"amount": Decimal("5.00"), "currency": "USD", "reference": "Überweisung 17"}

        at_once(10, lambda _: stack.operate("POST", "payment", f"/wallets/{wallet}/deposits", deposit))

        assert balance(stack, wallet) == (Decimal("6.00"), 0)


class TestTenPaymentsOfOneHold:
    def test_are_one_that_is_taken_and_nine_that_are_refused(self, stack):
        held = hold(stack)
        body = {"locator": held["locator"], "paymentMethod": {"kind": "card", "token": "tok_visa"}}

        answers = at_once(10, lambda _: stack.ask("POST", "payment", "/payments", body, token=held["accessToken"]))

        assert Counter(answer.status_code for answer in answers) == {202: 1, 409: 9}
        assert stack.follow(held)["status"] == "confirmed"
        wait_for_ledgers(stack, held, ["authorize", "capture"])
        assert len(payments(stack, held)) == 1
