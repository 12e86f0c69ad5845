"""What may be done with an authorization in which state; plain Python."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Act(StrEnum):
    """What the ledger records: `invoice` asks for money, `authorize` sets it aside, the others end that."""

    INVOICE = "invoice"
    AUTHORIZE = "authorize"
    CAPTURE = "capture"
    VOID = "void"
    REFUND = "refund"


class Status(StrEnum):
    """
    The state of an authorization.

    open -> authorized | voided | expired    (invoices only; cards begin authorized)
    authorized -> captured | voided | expired
    captured -> refunded                     (when all of it went back)
    """

    OPEN = "open"
    AUTHORIZED = "authorized"
    CAPTURED = "captured"
    VOIDED = "voided"
    REFUNDED = "refunded"
    EXPIRED = "expired"


@dataclass(frozen=True, kw_only=True)
class Authorization:
    """
    Money asked for or set aside, with what the ledger's entries say became of it. Amounts are in minor units.

    An invoice (kind crypto) is an authorization that begins open and is authorized when it is paid.
    """

    id: str
    reference: str
    kind: str
    token: str | None
    amount_minor: int
    currency: str
    address: str | None
    created_at: datetime
    expires_at: datetime
    authorized: bool
    voided: bool
    captured_minor: int
    refunded_minor: int

    def status(self, now: datetime) -> Status:
        """
        Return the state at `now`.

        Expiry is read off the clock and not recorded: nothing has to run for an authorization to expire.
        """
        if self.captured_minor:
            return Status.REFUNDED if self.refunded_minor == self.captured_minor else Status.CAPTURED
        if self.voided:
            return Status.VOIDED
        # A paid invoice does not expire: its coins have moved, no card issuer would release them.
        if now > self.expires_at and not (self.kind == "crypto" and self.authorized):
            return Status.EXPIRED
        return Status.AUTHORIZED if self.authorized else Status.OPEN


class Refusal(Exception):
    """
    Raised when what is asked cannot be done from the state the authorization is in.

    :ivar reason: one word for programs, for example already_captured
    :ivar detail: a sentence for people
    :ivar authorization: what stands in the way
    """

    def __init__(self, authorization: Authorization, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.authorization = authorization
        self.reason = reason
        self.detail = detail


def pay(authorization: Authorization, *, now: datetime) -> int | None:
    """
    Return the minor units to record for the payer's payment of an invoice, or None if it has been paid.

    :raises Refusal: if it is no invoice, or voided, or expired
    """
    if authorization.kind != "crypto":
        detail = "Only an invoice can be paid; a card's money is set aside when it is authorized."
        raise Refusal(authorization, "not_an_invoice", detail)
    status = authorization.status(now)
    if status in (Status.VOIDED, Status.EXPIRED):
        raise _already(authorization, status)
    return authorization.amount_minor if status is Status.OPEN else None


def capture(authorization: Authorization, *, amount_minor: int, now: datetime) -> int | None:
    """
    Return the minor units to record, or None if this very amount has been captured.

    An authorization is captured once, in full or in part; what is not captured is released.

    :raises Refusal: if it is not authorized, was captured at another amount, or for less than `amount_minor`
    """
    status = authorization.status(now)
    if status is Status.CAPTURED and authorization.captured_minor == amount_minor:
        return None
    if status is Status.OPEN:
        raise Refusal(authorization, "not_paid", "The invoice has not been paid; there is nothing to capture.")
    if status is not Status.AUTHORIZED:
        raise _already(authorization, status)
    if amount_minor > authorization.amount_minor:
        detail = f"Only {authorization.amount_minor} minor units were authorized; no more can be captured."
        raise Refusal(authorization, "amount_exceeds_authorized", detail)
    return amount_minor


def void(authorization: Authorization, *, now: datetime) -> int | None:
    """
    Return the minor units set free (0 for an invoice nobody has paid), or None if it has been voided.

    :raises Refusal: if it was captured (refund it instead) or has expired (nothing is left to void)
    """
    status = authorization.status(now)
    if status is Status.VOIDED:
        return None
    if status not in (Status.OPEN, Status.AUTHORIZED):
        raise _already(authorization, status)
    return authorization.amount_minor if authorization.authorized else 0


def refund(authorization: Authorization, *, amount_minor: int, now: datetime) -> int:
    """
    Return the minor units to record; several refunds may follow each other until all of it went back.

    :raises Refusal: if nothing was captured, or less is left than `amount_minor`
    """
    status = authorization.status(now)
    if status in (Status.OPEN, Status.AUTHORIZED):
        raise Refusal(authorization, "not_captured", "Nothing was captured that could be refunded; void it.")
    if status is not Status.CAPTURED:
        raise _already(authorization, status)
    left = authorization.captured_minor - authorization.refunded_minor
    if amount_minor > left:
        raise Refusal(authorization, "refund_exceeds_captured", f"Only {left} minor units are left to refund.")
    return amount_minor


def _already(authorization: Authorization, status: Status) -> Refusal:
    return Refusal(authorization, f"already_{status}", f"The authorization is {status} already.")
