"""The bodies that clients send, and the one that they get."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from sandbox.bank.ledger import timestamp
from sandbox.bank.rules import Authorization

Reference = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:-]{1,64}$")]
Token = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
# Fewer than 13 digits, so that no amount is taken for a card number.
AmountMinor = Annotated[int, Field(gt=0, lt=10**12)]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
Seconds = Annotated[int, Field(ge=1, le=30 * 24 * 3600)]


class _Body(BaseModel):
    # Strict: "450" is no amount and true is not 1. Unknown fields are refused: a misspelt one is noticed.
    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", strict=True, frozen=True)


class AuthorizeBody(_Body):
    reference: Reference
    kind: Literal["card"]
    token: Token
    amount_minor: AmountMinor
    currency: Currency
    expires_in_seconds: Seconds | None = None


class InvoiceBody(_Body):
    reference: Reference
    amount_minor: AmountMinor
    currency: Currency
    expires_in_seconds: Seconds


class AmountBody(_Body):
    amount_minor: AmountMinor


class EmptyBody(_Body):
    pass


def present(authorization: Authorization, *, now: datetime) -> dict[str, Any]:
    """Return an authorization as the bank answers it; the token stays inside, a card has no address."""
    return {
        "id": authorization.id,
        "reference": authorization.reference,
        "kind": authorization.kind,
        "status": authorization.status(now).value,
        "amountMinor": authorization.amount_minor,
        "capturedMinor": authorization.captured_minor,
        "refundedMinor": authorization.refunded_minor,
        "currency": authorization.currency,
        "address": authorization.address,
        "createdAt": timestamp(authorization.created_at),
        "expiresAt": timestamp(authorization.expires_at),
    }
