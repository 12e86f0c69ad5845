"""HTTP shapes of auth_svc."""

import unicodedata
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from auth_svc.domain.passwords import LONGEST, SHORTEST
from auth_svc.domain.users import PEOPLE
from common.auth import Role, Scope
from common.fields import Flag, Moment, Pattern, Schema, Text, Whole

_TOKEN = Pattern(r"^[\x21-\x7e]{1,200}$", error="A token is printable ASCII, as it was given.")
_EMAIL = {"validate": validate.Email(), "metadata": {"format": "email", "example": "ada@example.org"}}


class Password(fields.String):
    """A password: kept as it was typed, and never shown. Whether it may be chosen is a rule, not a form."""

    def __init__(self, **options: Any) -> None:
        told = {"format": "password", "description": f"{SHORTEST} to {LONGEST} characters of any kind"}
        super().__init__(load_only=True, validate=validate.Length(1, LONGEST), metadata=told, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> str:
        text: str = super()._deserialize(value, attr, data, **options)
        if any(unicodedata.category(character) == "Cs" for character in text):
            raise ma.ValidationError("This has a character that is none.")
        return text


class CredentialsSchema(Schema):
    # Text, because an address in quotes may hold control characters and still be an address.
    email = Text(longest=254, required=True, **_EMAIL)
    password = Password(required=True)


class RegisteredSchema(Schema):
    detail = fields.String(dump_only=True)


class RefreshRequestSchema(Schema):
    refresh_token = fields.String(required=True, load_only=True, validate=_TOKEN)


class LogoutSchema(Schema):
    refresh_token = fields.String(required=True, load_only=True, validate=_TOKEN)
    everywhere = Flag(load_default=False, metadata={"description": "end all logins of the user"})


class TokensSchema(Schema):
    access_token = fields.String(metadata={"description": "send it as `Authorization: Bearer <accessToken>`"})
    token_type = fields.Constant("Bearer")
    expires_in = Whole(metadata={"description": "seconds"})
    refresh_token = fields.String(metadata={"description": "good once, for the next pair of tokens"})


class UserSchema(Schema):
    name = fields.String(metadata={"example": "usr_7f3a91c04be2"})
    role = fields.Enum(Role, by_value=True)
    email = fields.String(allow_none=True, metadata={"description": "as it was given; nobody has checked it"})
    airline = fields.String(allow_none=True)
    label = fields.String(allow_none=True)
    created_at = Moment()
    disabled_at = Moment(allow_none=True)


class PasswordChangeSchema(Schema):
    present_password = Password(required=True)
    password = Password(required=True)


class UserFilterSchema(Schema):
    role = fields.Enum(Role, by_value=True)
    email = Text(longest=254)


class GrantSchema(Schema):
    role = fields.String(required=True, validate=validate.OneOf([str(role) for role in PEOPLE]))
    airline = fields.String(
        load_default=None,
        validate=Pattern(r"^[A-Z0-9]{2,3}$", error="An IATA code, such as AA."),
        metadata={"description": "whom an agent works for"},
    )
    reason = Text(longest=200, load_default=None)


class UserChangeSchema(Schema):
    disabled = Flag(required=True)
    reason = Text(longest=200, load_default=None)


class ServiceAccountSchema(Schema):
    label = Text(longest=80, required=True, metadata={"example": "Nightly reports of Example Travel"})


class ApiKeyRequestSchema(Schema):
    label = Text(longest=80, required=True)
    scopes = fields.List(fields.Enum(Scope, by_value=True), required=True, validate=validate.Length(1, len(Scope)))
    days = Whole(most=3650, load_default=None, allow_none=True, metadata={"description": "how long it is good"})


class ApiKeySchema(Schema):
    name = fields.String(metadata={"description": "its visible beginning", "example": "ask_3f2a9c1b7d10"})
    label = fields.String()
    scopes = fields.List(fields.String())
    created_at = Moment()
    expires_at = Moment(allow_none=True)
    last_used_at = Moment(allow_none=True)
    revoked_at = Moment(allow_none=True)


class MadeApiKeySchema(ApiKeySchema):
    key = fields.String(metadata={"description": "all of it; shown this once, and kept by nobody but you"})


class RotationRequestSchema(Schema):
    reason = Text(longest=200, required=True)
    compromised = Flag(
        load_default=False,
        metadata={"description": "take all other keys away at once: every access token there is becomes void"},
    )


class SigningKeySchema(Schema):
    kid = fields.String()
    made_at = Moment()
    signs_from = Moment()
