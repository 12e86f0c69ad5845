"""Fields of HTTP bodies: what a database or a reader would choke on does not get in."""

from decimal import Decimal

import marshmallow as ma
import pytest

from common.fields import Amount, Flag, Moment, Pattern, Schema, Text, Whole


class Everything(Schema):
    last_name = Text(longest=5)
    seat_count = Whole(most=9)
    amount = Amount()
    pay_later = Flag()
    locator = ma.fields.String(validate=Pattern(r"^[A-Z2-9]{6}$", error="Six letters or digits."))
    created_at = Moment()


def load(**body):
    return Everything().load(body)


def refusal(**body):
    with pytest.raises(ma.ValidationError) as refused:
        load(**body)
    return refused.value.messages_dict


class TestSchema:
    def test_is_camel_case_outside_and_snake_case_inside(self):
        assert load(lastName="Kay", seatCount=2) == {"last_name": "Kay", "seat_count": 2}

    def test_refuses_fields_it_does_not_know(self):
        assert refusal(price=1) == {"price": ["Unknown field."]}

    def test_refuses_a_field_by_its_inner_name(self):
        assert refusal(last_name="Kay") == {"last_name": ["Unknown field."]}


class TestText:
    @pytest.mark.parametrize(
        "text",
        ["a\nb", "a\x00b", "a\x1bb", "a\x85b", "a\ud800", "a\ue000", "a\uffff", "a\u0378"],
        ids=[
            "line break",
            "null",
            "escape",
            "next line",
            "lone surrogate",
            "private use",
            "non-character",
            "unassigned",
        ],
    )
    def test_refuses_what_cannot_be_printed(self, text):
        assert "cannot be printed" in refusal(lastName=text)["lastName"][0]

    @pytest.mark.parametrize("text", ["", "   ", "\n", "Lovelace"])
    def test_refuses_the_empty_and_the_too_long(self, text):
        assert refusal(lastName=text) == {"lastName": ["Between 1 and 5 characters, please."]}

    @pytest.mark.parametrize("value", [7, True, None, ["Kay"], {"a": "b"}])
    def test_refuses_what_is_no_text(self, value):
        assert "lastName" in refusal(lastName=value)

    def test_cuts_blanks_off_and_composes_accents(self):
        assert load(lastName="  Zoe\u0308 ") == {"last_name": "Zo\u00eb"}

    @pytest.mark.parametrize("name", ["O'Neil"[:5], "\u674e\u5c0f\u9f99", "\U0001f600", "a b"])
    def test_takes_names_of_the_world(self, name):
        assert load(lastName=name) == {"last_name": name}


class TestWhole:
    @pytest.mark.parametrize(
        "value", [True, False, "3", Decimal("3.5"), Decimal("3.0"), 3.0, None, [3], 0, 10, -1, 10**40]
    )
    def test_refuses_all_but_whole_numbers_in_range(self, value):
        assert "seatCount" in refusal(seatCount=value)

    def test_takes_the_ends_of_its_range(self):
        assert [load(seatCount=value)["seat_count"] for value in (1, 9)] == [1, 9]


class TestAmount:
    @pytest.mark.parametrize("value", [True, "450.00", None, 450.0, [450], Decimal("1E+400"), 10**12, -(10**12)])
    def test_refuses_all_but_exact_numbers_of_sane_size(self, value):
        assert "amount" in refusal(amount=value)

    @pytest.mark.parametrize("value", [450, Decimal("450.00"), Decimal("-1.5")])
    def test_takes_exact_numbers(self, value):
        amount = load(amount=value)["amount"]

        assert (amount, type(amount)) == (value, Decimal)


class TestFlag:
    @pytest.mark.parametrize("value", [1, 0, "true", None, "", []])
    def test_refuses_all_but_true_and_false(self, value):
        assert "payLater" in refusal(payLater=value)


class TestPattern:
    @pytest.mark.parametrize("text", ["K7Q2ZD\n", "K7Q2Z", "k7q2zd", "K7Q2ZD1"])
    def test_holds_from_the_first_character_to_the_last(self, text):
        assert refusal(locator=text) == {"locator": ["Six letters or digits."]}


class TestMoment:
    def test_is_never_read(self):
        assert refusal(createdAt="2026-12-01T13:30:00Z") == {"createdAt": ["Unknown field."]}
