"""payment_svc: the commands it accepts and the events it publishes."""

from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar, Literal

from common.messages import Command, Event, message

Kind = Literal["card", "wallet", "crypto"]


@message
class PaymentMethod:
    """What pays: a card or wallet by its token, never by its number; crypto by an invoice to come."""

    kind: Kind
    token: str | None = None


@message
class PaymentCommand(Command):
    """What every command about one payment carries: `part` counts a reservation's payments from 1."""

    queue: ClassVar[str] = "payment.commands"

    reservation_id: int
    part: int = 1


@message
class PaymentAuthorizeRequested(PaymentCommand):
    """Set `amount` aside at the payer's bank until `pay_by` (UTC); answer how that ended."""

    task: ClassVar[str] = "payment_svc.authorize_payment"

    amount: Decimal
    currency: str
    payment_method: PaymentMethod
    pay_by: datetime | None = None
    metadata: dict[str, Any] | None = None


@message
class PaymentVoidRequested(PaymentCommand):
    """Let go of what was set aside, if anything was, and refuse it if it is asked for later."""

    task: ClassVar[str] = "payment_svc.void_payment"

    reason: str | None = None


@message
class PaymentRefundRequested(PaymentCommand):
    """
    Give `amount` of a payment back, because its reservation is cancelled, and keep the rest.

    What is only set aside is voided if all of it is to go back, else captured first; 0 gives nothing back.
    """

    task: ClassVar[str] = "payment_svc.refund_payment"

    amount: Decimal
    currency: str
    reason: str


@message
class PaymentEvent(Event):
    """
    What every event of one payment carries. `auth_id` is the payment's public name.

    `part` counts a reservation's payments from 1. `amount` is in whole units of `currency`, an ISO 4217 code.
    """

    exchange: ClassVar[str] = "payment.events"

    reservation_id: int
    auth_id: str
    part: int
    amount: Decimal
    currency: str


@message
class PaymentAuthorized(PaymentEvent):
    """The amount is set aside for us."""


@message
class PaymentFailed(PaymentEvent):
    """The payer's bank said no, or the time to pay ran out; nothing is set aside."""

    reason: str


@message
class PaymentCaptured(PaymentEvent):
    """The amount set aside is ours."""


@message
class PaymentVoided(PaymentEvent):
    """The amount set aside is the payer's again."""

    reason: str


@message
class RefundIssued(PaymentEvent):
    """Money that was captured went back to the payer; `amount` is what went back this time."""

    reason: str
