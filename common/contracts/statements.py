"""What services state of their books to the auditor: one class for who writes it and who reads it."""

from decimal import Decimal
from typing import ClassVar

from pydantic import ConfigDict, TypeAdapter
from pydantic.alias_generators import to_camel
from pydantic.dataclasses import dataclass

_WIRE = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="ignore")


@dataclass(frozen=True, kw_only=True, config=_WIRE)
class ReservationStatement:
    """
    A reservation as booking_svc knows it.

    `kept` is what its travellers shall have paid in the end: the price when confirmed, what was not refunded when
    cancelled, nothing when failed; None while it is pending. `quiet_seconds` passed since its status changed last, and
    `late_seconds` since the deadline of a saga that has not ended.
    """

    BOOK: ClassVar[str] = "reservations"

    number: int
    status: str
    currency: str
    price: Decimal
    kept: Decimal | None = None
    seats_sold: int
    seats_tentative: int
    seats_held: int
    quiet_seconds: float
    late_seconds: float = 0.0


@dataclass(frozen=True, kw_only=True, config=_WIRE)
class PaymentStatement:
    """
    The payments of one reservation as payment_svc knows them, in sums of whole units.

    `number` is the reservation's. `undecided_seconds` is how long the oldest payment waits for an answer of its
    provider.
    """

    BOOK: ClassVar[str] = "payments"

    number: int
    currency: str
    authorized: Decimal
    captured: Decimal
    refunded: Decimal
    undecided_seconds: float = 0.0


@dataclass(frozen=True, kw_only=True, config=_WIRE)
class ProviderStatement:
    """
    One authorization as the provider has it, beside what payment_svc knows of it.

    `number` is its place in the provider's list; `ours` is None where payment_svc has no such payment.
    """

    BOOK: ClassVar[str] = "provider"

    number: int
    auth_id: str
    ours: str | None
    theirs: str
    agrees: bool


Statement = ReservationStatement | PaymentStatement | ProviderStatement

READERS: dict[str, TypeAdapter[list[Statement]]] = {
    kind.BOOK: TypeAdapter(list[kind])  # type: ignore[valid-type]
    for kind in (ReservationStatement, PaymentStatement, ProviderStatement)
}
