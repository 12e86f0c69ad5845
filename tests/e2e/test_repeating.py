"""A request that is sent again with its Idempotency-Key: answered as before, and done once."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import httpx

from tests.e2e.holding import hold
from tests.e2e.money import payments, wait_for_ledgers
from tests.stack import Json, Stack, read


def wish_for(stack: Stack, **changes: object) -> Json:
    """Return the body of a request for a free seat."""
    departure_id = stack.departure()["departureId"]
    return {
        "departures": [{"departureId": departure_id, "seats": stack.free_seats(departure_id)[:1]}],
        "passengers": [{"firstName": "Ada", "lastName": "Lovelace"}],
        "contact": {"email": "ada@example.org"},
        "payments": [{"kind": "card", "token": "tok_visa"}],
        **changes,
    }


def reserve(stack: Stack, body: Json, key: str) -> httpx.Response:
    return stack.ask("POST", "booking", "/reservations", body, headers={"Idempotency-Key": key})


class TestARepeatedRequest:
    def test_gets_the_same_answer_and_books_once(self, stack, rows):
        body, key = wish_for(stack), str(uuid4())

        first = reserve(stack, body, key)
        stack.follow(read(first, 202))
        before = rows.count()["booking.reservation"]
        second = reserve(stack, body, key)

        assert (second.status_code, second.json()) == (202, first.json())
        assert second.headers["Location"] == first.headers["Location"]
        assert "Idempotency-Replayed" not in first.headers
        assert second.headers["Idempotency-Replayed"] == "true"
        assert rows.count()["booking.reservation"] == before
        wait_for_ledgers(stack, read(first, 202), ["authorize", "capture"])

    def test_that_is_sent_ten_times_at_once_books_once(self, stack):
        body, key = wish_for(stack), str(uuid4())

        with ThreadPoolExecutor(10) as pool:
            answers = list(pool.map(lambda _: reserve(stack, body, key), range(10)))

        made = {answer.json()["locator"] for answer in answers if answer.status_code == 202}
        codes = {answer.json()["code"] for answer in answers if answer.status_code != 202}
        assert len(made) == 1
        assert codes <= {"idempotency_key_in_use"}
        assert read(reserve(stack, body, key), 202)["locator"] in made

    def test_that_was_refused_is_refused_again_though_it_would_now_be_granted(self, stack):
        held = stack.follow(stack.book())
        body = wish_for(stack)
        body["departures"] = [
            {"departureId": seat["departureId"], "seats": [seat["seatNumber"]]} for seat in held["seats"]
        ]
        key = str(uuid4())

        first, second = reserve(stack, body, key), reserve(stack, body, key)

        assert read(first, 409)["code"] == "seat_taken"
        assert second.headers["Content-Type"] == "application/problem+json"
        assert read(second, 409) == read(first, 409)

    def test_with_another_body_is_refused(self, stack):
        body, key = wish_for(stack), str(uuid4())
        read(reserve(stack, body, key), 202)

        other = reserve(stack, {**body, "contact": {"email": "grace@example.org"}}, key)

        assert read(other, 422)["code"] == "idempotency_key_reused"

    def test_may_be_mended_under_its_key_when_it_was_not_understood(self, stack):
        body, key = wish_for(stack), str(uuid4())
        assert read(reserve(stack, {**body, "passengers": []}, key), 422)["code"] == "invalid"

        assert stack.follow(read(reserve(stack, body, key), 202))["status"] == "confirmed"

    def test_to_pay_a_hold_pays_once(self, stack):
        held = hold(stack)
        body = {"locator": held["locator"], "paymentMethod": {"kind": "card", "token": "tok_visa"}}
        headers = {"Idempotency-Key": str(uuid4())}

        token = held["accessToken"]

        answers = [stack.ask("POST", "payment", "/payments", body, token=token, headers=headers) for _ in range(3)]

        assert len({read(answer, 202)["authId"] for answer in answers}) == 1
        assert stack.follow(held)["status"] == "confirmed"
        wait_for_ledgers(stack, held, ["authorize", "capture"])
        assert len(payments(stack, held)) == 1

    def test_for_a_refund_gives_back_once(self, stack):
        reservation = stack.follow(stack.book())
        stack.wait(lambda: payments(stack, reservation)[0]["status"] == "captured", what="the capture")
        path = f"/payments/{payments(stack, reservation)[0]['authId']}/refunds"
        headers = {"Idempotency-Key": str(uuid4())}

        made = [stack.operate("POST", "payment", path, {"amount": 1}, headers=headers) for _ in range(2)]

        assert made[0] == made[1]
        wait_for_ledgers(stack, reservation, ["authorize", "capture", "refund"])
