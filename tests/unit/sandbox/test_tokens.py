"""Each magic token does over HTTP what its row in the table says, every time."""

import time

import httpx
import pytest


def _timed(ask):
    started = time.monotonic()
    answer = ask()
    return answer, time.monotonic() - started


class TestTokens:
    @pytest.mark.parametrize("token", ["tok_visa", "tok_mastercard"])
    def test_that_are_good_are_authorized(self, bank, token):
        assert bank.authorize(token).json()["status"] == "authorized"

    @pytest.mark.parametrize(
        ("token", "reason"),
        [
            ("tok_insufficient_funds", "insufficient_funds"),
            ("tok_expired_card", "expired_card"),
            ("tok_declined", "card_declined"),
            ("tok_declined_slow", "card_declined"),
            ("tok_of_nobody", "unknown_token"),
        ],
    )
    def test_that_are_declined_say_why_and_move_nothing(self, bank, token, reason):
        answers = [bank.authorize(token) for _ in range(2)]

        assert [(answer.status_code, answer.json()["reason"]) for answer in answers] == [(402, reason)] * 2
        assert answers[0].headers["Content-Type"] == "application/problem+json"
        assert bank.acts() == []

    def test_slow_takes_its_time(self, bank):
        answer, seconds = _timed(lambda: bank.authorize("tok_slow"))

        assert answer.status_code == 201
        assert seconds >= 0.5

    def test_fails_twice_works_at_the_third_ask_of_its_key(self, bank):
        answers = [bank.authorize("tok_fails_twice", key="once") for _ in range(4)]

        assert [answer.status_code for answer in answers] == [503, 503, 201, 201]
        assert bank.acts() == ["authorize"]
        assert bank.authorize("tok_fails_twice", key="another").status_code == 503

    def test_timeout_after_success_executes_and_answers_the_second_ask_at_once(self, bank):
        bank.http.timeout = httpx.Timeout(0.3)
        with pytest.raises(httpx.ReadTimeout):
            bank.authorize("tok_timeout_after_success", key="once")

        assert bank.acts() == ["authorize"]
        answer, seconds = _timed(lambda: bank.authorize("tok_timeout_after_success", key="once"))
        assert (answer.status_code, bank.acts()) == (201, ["authorize"])
        assert seconds < 0.3

    @pytest.mark.parametrize("act", ["capture", "void", "refund"])
    def test_timeout_after_success_at_a_later_act(self, bank, act):
        path = f"/authorizations/{bank.authorize(f'tok_{act}_timeout_after_success').json()['id']}"
        body = None if act == "void" else {"amountMinor": 45000}
        if act == "refund":
            bank.post(f"{path}/capture", body)
        before = bank.acts()

        with pytest.raises(httpx.ReadTimeout):
            bank.post(f"{path}/{act}", body, key="once", timeout=0.3)

        assert bank.post(f"{path}/{act}", body, key="once").status_code == 200
        assert bank.acts() == [*before, act]

    def test_error_after_success_executes_and_answers_the_second_ask(self, bank):
        answers = [bank.authorize("tok_error_after_success", key="once") for _ in range(2)]

        assert [answer.status_code for answer in answers] == [500, 201]
        assert bank.acts() == ["authorize"]
