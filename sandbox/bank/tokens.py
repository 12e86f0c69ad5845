"""The magic card tokens: each behaves in one documented way, so that every outcome can be had on purpose."""

from dataclasses import dataclass
from enum import StrEnum

# The window in which Visa lets a customer-initiated online payment be captured.
CAPTURE_WINDOW_SECONDS = 7 * 24 * 3600


class Trouble(StrEnum):
    """What goes wrong on the way, although the act itself is allowed."""

    SLOW = "slow"
    FAILS_TWICE = "fails_twice"
    ANSWER_LOST = "answer_lost"
    ERROR_AFTER_SUCCESS = "error_after_success"


@dataclass(frozen=True, kw_only=True)
class Token:
    """
    One row of the table.

    :ivar decline: why an authorization is declined; None when it is granted
    :ivar trouble: what goes wrong at the act named by `at`; None when nothing does
    :ivar window_seconds: how long the authorization can be captured
    """

    meaning: str
    decline: str | None = None
    trouble: Trouble | None = None
    at: str = "authorize"
    window_seconds: int = CAPTURE_WINDOW_SECONDS

    def trouble_at(self, act: str) -> Trouble | None:
        return self.trouble if self.at == act else None


_LOST = "is executed, but the first ask of a key gets no answer in time; asked again, it answers at once"

TOKENS: dict[str, Token] = {
    "tok_visa": Token(meaning="Everything succeeds."),
    "tok_mastercard": Token(meaning="Everything succeeds."),
    "tok_insufficient_funds": Token(meaning="Declined: insufficient_funds.", decline="insufficient_funds"),
    "tok_expired_card": Token(meaning="Declined: expired_card.", decline="expired_card"),
    "tok_declined": Token(meaning="Declined: card_declined.", decline="card_declined"),
    "tok_declined_slow": Token(
        meaning="Declined after AEROSAGA_BANK_SLOW_SECONDS (3): card_declined.",
        decline="card_declined",
        trouble=Trouble.SLOW,
    ),
    "tok_slow": Token(meaning="Authorized after AEROSAGA_BANK_SLOW_SECONDS (3).", trouble=Trouble.SLOW),
    "tok_fails_twice": Token(
        meaning="503 on the first two asks of a key, nothing executed; the third is authorized.",
        trouble=Trouble.FAILS_TWICE,
    ),
    "tok_timeout_after_success": Token(meaning=f"The authorization {_LOST}.", trouble=Trouble.ANSWER_LOST),
    "tok_capture_timeout_after_success": Token(
        meaning=f"The capture {_LOST}.", trouble=Trouble.ANSWER_LOST, at="capture"
    ),
    "tok_void_timeout_after_success": Token(meaning=f"The void {_LOST}.", trouble=Trouble.ANSWER_LOST, at="void"),
    "tok_refund_timeout_after_success": Token(meaning=f"The refund {_LOST}.", trouble=Trouble.ANSWER_LOST, at="refund"),
    "tok_refund_slow": Token(
        meaning="Refunded after AEROSAGA_BANK_SLOW_SECONDS (3).", trouble=Trouble.SLOW, at="refund"
    ),
    "tok_refund_fails_twice": Token(
        meaning="503 on the first two asks for a refund, nothing executed; the third is refunded.",
        trouble=Trouble.FAILS_TWICE,
        at="refund",
    ),
    "tok_error_after_success": Token(
        meaning="Authorized, but the first ask of a key gets a 500; asked again, it answers properly.",
        trouble=Trouble.ERROR_AFTER_SUCCESS,
    ),
    "tok_expires_at_once": Token(
        meaning="Authorized, but expired by the time it is captured (409 already_expired).", window_seconds=0
    ),
}

UNKNOWN_TOKEN = Token(meaning="Declined: unknown_token.", decline="unknown_token")


def behaviour(token: str | None) -> Token:
    """Return how `token` behaves; an invoice has no token and behaves well, an unknown token is declined."""
    if token is None:
        return TOKENS["tok_visa"]
    return TOKENS.get(token, UNKNOWN_TOKEN)
