"""The sandbox bank as its customers see it, where it is the provider: tokens to try, invoices to pay."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from flask import current_app

from gateway.pages.services import Services
from gateway.settings import BANK

#: Of the sandbox's tokens those that a traveller may want to try; docs/reference/sandbox.md has all of them.
TEST_TOKENS = {
    "tok_visa": "is taken",
    "tok_mastercard": "is taken",
    "tok_insufficient_funds": "is declined: not enough money",
    "tok_expired_card": "is declined: the card has expired",
    "tok_declined": "is declined",
    "tok_declined_slow": "is declined, after some seconds",
    "tok_slow": "is taken, after some seconds",
    "tok_fails_twice": "is taken at the third try",
    "tok_timeout_after_success": "is taken, but the first answer gets lost",
}


class Sandbox:
    """The sandbox bank, if `services` know where one is."""

    def __init__(self, services: Services) -> None:
        self._services = services

    @property
    def is_there(self) -> bool:
        """Whether the provider is the sandbox bank; a real one has no tokens to try, and other customers."""
        return self._services.knows(BANK)

    @property
    def tokens(self) -> Mapping[str, str]:
        """What a traveller may try instead of a card, and what it does; nothing where the provider is a real one."""
        return TEST_TOKENS if self.is_there else {}

    @property
    def usual_token(self) -> str:
        """What is in the field for a card's token before somebody types."""
        return next(iter(self.tokens), "")

    def pay(self, invoice: str) -> None:
        """
        Pay an invoice, as its payer would; one that is paid already stays so.

        :raises Refused: if it is paid by nobody any more: it is over, or withdrawn
        :raises Away: if the bank says nothing, or there is none
        """
        self._services.ask(BANK, "POST", f"/invoices/{quote(invoice, safe='')}/pay", key=invoice)


def sandbox() -> Sandbox:
    """Return that of this application."""
    found = current_app.extensions["sandbox"]
    assert isinstance(found, Sandbox)
    return found
