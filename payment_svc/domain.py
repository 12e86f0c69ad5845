"""What a payment may be and become, and why one is refused."""

import secrets
import string
from enum import StrEnum

from common.errors import Conflict, NotFound, Rejected


class Status(StrEnum):
    """
    pending (asked, outcome not known) -> authorized | open | failed; open (an invoice waits) -> authorized | failed;
    authorized -> captured | voided; captured -> refunded. Voided may also come before everything else.
    """

    PENDING = "pending"
    OPEN = "open"
    AUTHORIZED = "authorized"
    CAPTURED = "captured"
    VOIDED = "voided"
    REFUNDED = "refunded"
    FAILED = "failed"


class Goal(StrEnum):
    """What is to become of a payment; a sweep works on it until it is so."""

    AUTHORIZE = "authorize"
    CAPTURE = "capture"
    VOID = "void"


#: ISO 4217's code for "no currency": of a payment or reservation of which only the end was heard.
NO_CURRENCY = "XXX"

#: Nothing is set aside and nothing will be.
OVER = {Status.VOIDED, Status.REFUNDED, Status.FAILED}


class PayableState(StrEnum):
    """What payment_svc knows of a reservation."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    FAILED = "failed"
    CANCELLED = "cancelled"


#: A reservation that keeps no money: whatever is set aside for it is voided, whatever was taken goes back.
ENDED = {PayableState.FAILED, PayableState.CANCELLED}


class NotPayable(Conflict):
    """Raised when a reservation takes no payment: it is paid, over, or pays through its own request."""

    code = "not_payable"


class PaymentNotFound(NotFound):
    """Raised when there is no such payment, reservation or wallet for this caller."""


class WrongShare(Rejected):
    """Raised when an amount is not a part of what is still to be paid."""

    code = "wrong_amount"


class NotRefundable(Conflict):
    """Raised when there is no captured money left to give back."""

    code = "not_refundable"


def new_auth_id() -> str:
    """Return a payment's public name: random, because who knows it may look at the payment."""
    # Letters only: a long run of digits could be taken for a card number by whoever looks for those.
    return "pa_" + "".join(secrets.choice(string.ascii_lowercase) for _ in range(18))


def new_wallet_token() -> str:
    """Return a wallet's token: random, because who knows it may pay with the wallet."""
    return f"wal_{secrets.token_hex(16)}"


def backoff_seconds(attempts: int) -> float:
    """Return how long a settlement in trouble waits before its next attempt: from 1 s, doubling, at most a minute."""
    return float(min(2 ** max(attempts - 1, 0), 60))
