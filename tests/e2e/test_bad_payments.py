"""Payments, refunds and wallets that must be refused; nothing is stored and no money moves."""

import pytest

from tests.e2e.refusals import WITHOUT, Bad, Raw, encode

pytestmark = pytest.mark.usefixtures("quiet")

CARD_NUMBER = "4242424242424242"


def wrong_amount(what: str, value: object) -> Bad:
    return Bad(what, "amount", value, code="wrong_amount")


PAYMENTS = [
    Bad("a list for a body", "", []),
    Bad("null for a body", "", None),
    Bad("no locator", "locator", WITHOUT),
    Bad("a locator that is null", "locator", None),
    Bad("a locator that is a number", "locator", 234567),
    Bad("a locator in small letters", "locator", "k7q2zd"),
    Bad("a locator of seven signs", "locator", "K7Q2ZDA"),
    Bad("a locator with a line break", "locator", "K7Q2ZD\n"),
    Bad("a locator nobody has", "locator", "222222", 404, "not_found"),
    Bad("a reservation that pays at once", "locator", lambda f: f.mine["locator"], 409, "not_payable"),
    Bad("no payment method", "paymentMethod", WITHOUT),
    Bad("a payment method that is a text", "paymentMethod", "tok_visa"),
    Bad("a payment method without a kind", "paymentMethod.kind", WITHOUT),
    Bad("cash", "paymentMethod.kind", "cash"),
    Bad("a card without a token", "paymentMethod.token", WITHOUT),
    Bad("crypto with a token", "paymentMethod.kind", "crypto"),
    Bad("a card number for a token", "paymentMethod.token", CARD_NUMBER),
    Bad("a card number inside a token", "paymentMethod.token", f"tok_{CARD_NUMBER}"),
    Bad("a card's security code", "paymentMethod.cvc", "123"),
    Bad("an amount as a text", "amount", "100.00"),
    Bad("an amount that is true", "amount", True),
    Bad("an amount that is null", "amount", None),
    Bad("an amount of a trillion", "amount", 10**12),
    Bad("an amount that is NaN", "amount", Raw("NaN"), 400, "malformed"),
    Bad("a currency, which the reservation has already", "currency", "USD"),
    Bad("the name of the payment to be", "authId", "pa_789"),
]
REFUNDS = [
    Bad("a list for a body", "", []),
    Bad("an amount as a text", "amount", "1.00"),
    Bad("an amount that is true", "amount", True),
    Bad("an amount that is null", "amount", None),
    wrong_amount("an amount of three decimals", Raw("0.001")),
    Bad("an amount of nothing", "amount", 0, 409, "not_refundable"),
    Bad("a negative amount", "amount", -1, 409, "not_refundable"),
    Bad("more than was paid", "amount", 100_000, 409, "not_refundable"),
    Bad("an empty reason", "reason", ""),
    Bad("a reason of 61 letters", "reason", "x" * 61),
    Bad("a reason with a NUL", "reason", "be\x00cause"),
    Bad("an account to send it to", "account", "DE00 1234"),
]
WALLETS = [
    Bad("a list for a body", "", []),
    Bad("no currency", "currency", WITHOUT),
    Bad("a currency that is null", "currency", None),
    Bad("a currency that is a number", "currency", 840),
    Bad("a currency in small letters", "currency", "usd"),
    Bad("a currency of four letters", "currency", "USDT"),
    Bad("a currency with a line break", "currency", "USD\n"),
    Bad("a currency with half a character", "currency", "US\ud800"),
    Bad("a balance of the client's own", "available", 1_000_000),
]
DEPOSITS = [
    Bad("no amount", "amount", WITHOUT),
    Bad("an amount as a text", "amount", "5.00"),
    Bad("an amount that is false", "amount", False),
    Bad("an amount of a trillion", "amount", 10**12),
    wrong_amount("an amount of nothing", 0),
    wrong_amount("a negative amount", -5),
    wrong_amount("an amount of three decimals", Raw("5.001")),
    Bad("another currency", "currency", "EUR", code="wrong_amount"),
    Bad("a currency in small letters", "currency", "usd"),
    Bad("no reference", "reference", WITHOUT),
    Bad("an empty reference", "reference", " "),
    Bad("a reference of 61 letters", "reference", "x" * 61),
    Bad("a reference with a NUL", "reference", "a\x00b"),
    Bad("a reference that is a number", "reference", 7),
]


class TestAPayment:
    @pytest.mark.parametrize("bad", PAYMENTS, ids=str)
    def test_is_refused_for(self, refuser, facts, bad):
        good = {"locator": facts.mine["locator"], "paymentMethod": {"kind": "card", "token": "tok_visa"}}

        body, token = encode(bad.body(good, facts)), facts.mine["accessToken"]

        refuser("POST", "payment", "/payments", body, status=bad.status, code=bad.code, token=token)

    def test_is_refused_for_somebody_elses_reservation_as_for_one_that_does_not_exist(self, refuser, facts):
        card = {"kind": "card", "token": "tok_visa"}
        refusals = [
            refuser(
                *("POST", "payment", "/payments", encode({"locator": locator, "paymentMethod": card})),
                status=404,
                code="not_found",
                token=facts.mine["accessToken"],
            )
            for locator in (facts.theirs["locator"], "222222")
        ]

        assert refusals[0] == refusals[1]

    @pytest.mark.parametrize("name", ["pa_nobodys", "1", "%F0%9F%98%80", "%00", "x" * 300, "pa_'%20OR%20'1'='1"])
    def test_is_not_found_by_a_name_it_does_not_have(self, refuser, facts, name):
        refuser("GET", "payment", f"/payments/{name}", status=404, code="not_found", token=facts.operator_token)

    def test_is_not_found_by_its_name_alone_or_with_the_token_of_another(self, refuser, facts):
        for token in (None, facts.theirs["accessToken"]):
            refuser("GET", "payment", f"/payments/{facts.auth_id}", status=404, code="not_found", token=token)


class TestARefund:
    @pytest.mark.parametrize("bad", REFUNDS, ids=str)
    def test_is_refused_for(self, refuser, facts, bad):
        body = encode(bad.body({"amount": 1, "reason": "requested"}, facts))
        path = f"/payments/{facts.auth_id}/refunds"

        refuser("POST", "payment", path, body, status=bad.status, code=bad.code, token=facts.operator_token)

    def test_of_a_payment_that_does_not_exist_is_refused(self, refuser, facts):
        path = "/payments/pa_nobodys/refunds"

        refuser("POST", "payment", path, b"{}", status=404, code="not_found", token=facts.operator_token)


class TestAWallet:
    @pytest.mark.parametrize("bad", WALLETS, ids=str)
    def test_is_refused_for(self, refuser, facts, bad):
        body = encode(bad.body({"currency": "USD"}, facts))

        refuser("POST", "payment", "/wallets", body, status=bad.status, code=bad.code, token=facts.operator_token)

    @pytest.mark.parametrize("change", [str.upper, lambda token: token + "%20", lambda token: token[:-1]])
    def test_is_not_found_by_almost_its_token(self, refuser, facts, change):
        path = f"/wallets/{change(facts.wallet)}"

        refuser("GET", "payment", path, status=404, code="not_found", token=facts.operator_token)


class TestADeposit:
    @pytest.mark.parametrize("bad", DEPOSITS, ids=str)
    def test_is_refused_for(self, refuser, facts, bad):
        body = encode(bad.body({"amount": 5, "currency": "USD", "reference": "a deposit"}, facts))
        path = f"/wallets/{facts.wallet}/deposits"

        refuser("POST", "payment", path, body, status=bad.status, code=bad.code, token=facts.operator_token)

    def test_into_a_wallet_that_does_not_exist_is_refused(self, refuser, facts):
        body = encode({"amount": 5, "currency": "USD", "reference": "a deposit"})

        refuser(
            "POST", "payment", "/wallets/wal_0/deposits", body, status=404, code="not_found", token=facts.operator_token
        )


def test_no_refusal_moved_money(stack, facts):
    wallet = stack.operate("GET", "payment", f"/wallets/{facts.wallet}")

    assert (wallet["available"], wallet["held"]) == (100, 0)
    assert stack.ledger(facts.auth_id) == ["authorize", "capture"]
