"""Card numbers are found in every disguise; identifiers are left alone."""

import uuid

import pytest

from common.cards import holds_card_number

# The number that every provider's documentation uses for tests, put together so that no file holds it.
NUMBER = "4" + "1" * 15


class TestHoldsCardNumber:
    @pytest.mark.parametrize(
        "text",
        [
            NUMBER,
            f'{{"token": "{NUMBER}"}}',
            f'{{"amountMinor": {NUMBER}}}',
            f"tok_{NUMBER}",
            f"x{NUMBER}y",
            " ".join(NUMBER[i : i + 4] for i in range(0, 16, 4)),
            "-".join(NUMBER[i : i + 4] for i in range(0, 16, 4)),
            f"{NUMBER} 123",
            f"12 {NUMBER}",
            f"{NUMBER}1226",
            '{"token": "' + "".join(f"\\u00{ord(digit):x}" for digit in NUMBER) + '"}',
        ],
    )
    def test_finds_a_number(self, text):
        assert holds_card_number(text)

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "tok_visa",
            NUMBER[:-1] + "2",
            NUMBER[:12],
            "2026-11-22T18:43:37.661431Z",
            "0" * 16,
            '{"amountMinor": 450000000000, "reference": "pa_789"}',
            "\\",
        ],
    )
    def test_passes_what_is_none(self, text):
        assert not holds_card_number(text)

    def test_takes_no_identifier_for_a_card(self):
        # Mostly digits: the kind of UUID that a naive scan refuses.
        assert not holds_card_number(f"00000000-0000-4{NUMBER[:3]}-8111-1111111111a1")
        assert not holds_card_number(f"pa_{NUMBER}ab12-authorize")
        for _ in range(5000):
            assert not holds_card_number(str(uuid.uuid4()))
            assert not holds_card_number(uuid.uuid4().hex)
