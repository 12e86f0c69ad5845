"""Bodies of requests for a reservation: what is read from them, and what is no token and no flag."""

from decimal import Decimal

import marshmallow as ma
import pytest

from booking_svc.schemas import ReservationRequestSchema
from payment_svc.domain import new_wallet_token

CARD_NUMBER = "4242424242424242"  # passes the Luhn check, and is nobody's


def a_request(**changes: object) -> dict:
    return {
        "departures": [{"departureId": 17, "seats": ["12A"]}],
        "passengers": [{"firstName": " Ada ", "lastName": "Lovelace"}],
        "contact": {"email": "ada@example.org"},
        "payments": [{"kind": "card", "token": "tok_visa", "amount": Decimal("450.00")}],
        **changes,
    }


def paid_by(**method: object) -> dict:
    return a_request(payments=[method])


class TestARequest:
    def test_is_read_in_snake_case_without_the_blanks_around_names(self):
        read = ReservationRequestSchema().load(a_request())

        assert read["departures"] == [{"departure_id": 17, "seats": ["12A"]}]
        assert read["passengers"] == [{"first_name": "Ada", "last_name": "Lovelace"}]
        assert read["payments"] == [{"kind": "card", "token": "tok_visa", "amount": Decimal("450.00")}]
        assert read["pay_later"] is False

    @pytest.mark.parametrize("flag", [1, Decimal(1), "true", None, [True]])
    def test_says_pay_later_by_true_alone(self, flag):
        request = a_request(payLater=flag)
        del request["payments"]

        with pytest.raises(ma.ValidationError) as refusal:
            ReservationRequestSchema().load(request)

        assert "payLater" in refusal.value.messages


class TestAToken:
    @pytest.mark.parametrize("token", ["tok_visa", "tok_3ds2_2026", "tok_" + "x" * 60, "tok_123456789012"])
    def test_of_a_card_is_read(self, token):
        assert ReservationRequestSchema().load(paid_by(kind="card", token=token))["payments"][0]["token"] == token

    def test_of_a_wallet_is_read_however_many_digits_it_happens_to_have(self):
        for token in (new_wallet_token(), "wal_" + "1" * 31 + "a"):
            assert ReservationRequestSchema().load(paid_by(kind="wallet", token=token))

    @pytest.mark.parametrize(
        "token",
        [
            CARD_NUMBER,
            f"tok_{CARD_NUMBER}",
            f"wal_{CARD_NUMBER}",
            f"tok_visa{CARD_NUMBER}x",
            "tok_4242_4242_4242_4242",
            "tok_",
            "tok_" + "x" * 61,
            "tok_visa\n",
            "tok_vísa",
            "TOK_VISA",
            "",
        ],
    )
    def test_that_could_hold_a_card_number_or_is_none_is_refused(self, token):
        with pytest.raises(ma.ValidationError) as refusal:
            ReservationRequestSchema().load(paid_by(kind="card", token=token))

        assert list(refusal.value.messages["payments"][0]) == ["token"]
        assert CARD_NUMBER not in str(refusal.value.messages)
