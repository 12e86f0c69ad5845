"""Fields of HTTP bodies, in camelCase, that let nothing through which a database or a reader would choke on."""

import unicodedata
from decimal import Decimal
from typing import Any

import marshmallow as ma
from pydantic.alias_generators import to_camel

from common.cards import holds_card_number


class Schema(ma.Schema):
    """snake_case in Python, camelCase on the wire, unknown fields refused, order kept."""

    class Meta:
        unknown = ma.RAISE

    def on_bind_field(self, field_name: str, field_obj: ma.fields.Field[Any]) -> None:
        field_obj.data_key = field_obj.data_key or to_camel(field_name)


class Pattern(ma.validate.Regexp):
    """A text that is as the pattern says, from its first character to its last: `$` alone lets a line break follow."""

    def __call__(self, value: Any) -> Any:
        if self.regex.fullmatch(value) is None:
            raise ma.ValidationError(self._format_error(value))
        return value


# A token names a card or wallet that the provider keeps. A run of digits that could be a card number is none, whatever
# stands before it; a wallet's own token is hexadecimal and may have many digits, but not digits alone.
PAYMENT_TOKEN = Pattern(
    r"^(tok_(?![A-Za-z0-9_]*([0-9]_?){13})|wal_(?![0-9_]+$))[A-Za-z0-9_]{1,60}$",
    error="A token begins with tok_ or wal_; never send a card number.",
)


class Flag(ma.fields.Boolean):
    """Exactly true or false; not 1, which is equal to true."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> bool:
        if not isinstance(value, bool):
            raise ma.ValidationError("Not true or false.")
        return value


def refuse_card_number(text: str) -> None:
    """
    Return if `text` holds no card number, which must never reach a table, a queue or a log.

    :raises ValidationError: if it does
    """
    if holds_card_number(text):
        raise ma.ValidationError("This looks like a card number. Never send one: name the card by its token.")


class Text(ma.fields.String):
    """Text a person would write on one line: 1 to `longest` characters, no control characters, no lone surrogates."""

    def __init__(self, *, longest: int, **options: Any) -> None:
        super().__init__(**options)
        self.longest = longest

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> str:
        text = unicodedata.normalize("NFC", super()._deserialize(value, attr, data, **options).strip())
        if not 0 < len(text) <= self.longest:
            raise ma.ValidationError(f"Between 1 and {self.longest} characters, please.")
        if any(unicodedata.category(character) in {"Cc", "Cs", "Co", "Cn"} for character in text):
            raise ma.ValidationError("This has a character that cannot be printed.")
        refuse_card_number(text)
        return text


class Whole(ma.fields.Integer):
    """A whole number, as a JSON number: neither 1.5 nor "1" nor true."""

    def __init__(self, *, least: int = 1, most: int = 2**31 - 1, **options: Any) -> None:
        super().__init__(strict=True, validate=ma.validate.Range(least, most), **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> Any:
        if isinstance(value, bool | str):
            raise ma.ValidationError("Not a whole number.")
        return super()._deserialize(value, attr, data, **options)


class Amount(ma.fields.Field[Any]):
    """An exact amount of whole units, as a JSON number such as 450.00; never a text."""

    def __init__(self, **options: Any) -> None:
        super().__init__(metadata={"type": "number", "example": 450.00, **options.pop("metadata", {})}, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> Any:
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            raise ma.ValidationError("Not a number.")
        if not -(10**12) < value < 10**12:
            raise ma.ValidationError("Too large a number.")
        return Decimal(value)


class Moment(ma.fields.Field[Any]):
    """A UTC time such as 2026-12-01T13:30:00.000000Z; only ever written; with `allow_none` perhaps null."""

    def __init__(self, **options: Any) -> None:
        told = {"type": "string", "format": "date-time", **options.pop("metadata", {})}
        super().__init__(dump_only=True, metadata=told, **options)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **_: Any) -> Any:
        return value
