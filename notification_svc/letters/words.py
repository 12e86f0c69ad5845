"""What machine-readable reasons mean, in words; each is a text of the catalogues."""


def _(text: str) -> str:
    """Mark a text for the catalogues; it is translated where it is used."""
    return text


REASONS = {
    "timeout": _("it was not paid in time"),
    "insufficient_funds": _("there was not enough money on the card"),
    "expired_card": _("the card has expired"),
    "card_declined": _("the bank declined the card"),
    "unknown_token": _("the bank does not know the card"),
    "payment_failed": _("the payment failed"),
    "already_expired": _("the bank let the money go before we took it"),
    "departure_cancelled": _("a flight of it was cancelled"),
    "flight_cancelled": _("a flight of it was cancelled"),
    "requested": _("it was asked for"),
    "cancelled": _("the reservation was cancelled"),
    "voided_late": _("the reservation had ended before we took the money"),
    "internal_error": _("something went wrong on our side"),
}


#: What calendar entries say besides names and numbers.
CALENDAR = {"flight": _("flight"), "seats": _("seats")}


def reason(code: str | None) -> str:
    """Return the words for a reason, those of an operator as they are."""
    text = code or ""
    return REASONS.get(text, text.replace("_", " "))
