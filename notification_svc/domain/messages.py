"""What a message to a traveller may be and become."""

import secrets
import string
from enum import StrEnum

from common.errors import Conflict, NotFound

# With the pauses below some twenty hours, as long as a mailbox is usually full or a server away.
MOST_ATTEMPTS = 30
LONGEST_PAUSE_SECONDS = 3600.0


class Kind(StrEnum):
    """What a message says; each has its own templates."""

    HOLD = "hold"
    CONFIRMATION = "confirmation"
    UNDONE = "undone"
    CAPTURED = "captured"
    VOIDED = "voided"
    REFUND = "refund"
    CANCELLED = "cancelled"
    DELAYED = "delayed"
    DEPARTURE_CANCELLED = "departure_cancelled"
    ACCESS_CODE = "access_code"


class Channel(StrEnum):
    """How a message travels."""

    EMAIL = "email"
    SMS = "sms"


class State(StrEnum):
    """waiting (also between two attempts) -> sent | refused (the address is no good) | given_up (out of attempts)."""

    WAITING = "waiting"
    SENT = "sent"
    REFUSED = "refused"
    GIVEN_UP = "given_up"


class MessageNotFound(NotFound):
    """Raised when there is no such message."""


class NotRepeatable(Conflict):
    """Raised when a message cannot be sent once more: it is still on its way, or what it said is forgotten."""

    code = "not_repeatable"


def new_name() -> str:
    """Return a message's public name; it is part of the mail's Message-ID, so it says nothing about anybody."""
    return "msg_" + "".join(secrets.choice(string.ascii_lowercase + string.digits) for _ in range(20))


def backoff_seconds(attempts: int) -> float:
    """Return how long a message waits after so many attempts: from 2 s, doubling, at most an hour."""
    return min(2.0 ** min(attempts, 20), LONGEST_PAUSE_SECONDS)


def redacted(address: str) -> str:
    """Return an address as operators see it: enough to recognize, too little to write to."""
    name, at, host = address.rpartition("@")
    if not at:
        return f"{address[:3]}…{address[-2:]}"
    return f"{name[:1]}…@{host}"
