"""How somebody wants to pay, as the form says it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

#: What can be chosen, in the words of the page.
METHODS = {
    "card": "Card",
    "wallet": "Wallet",
    "crypto": "Crypto",
    "split": "Split",
    "later": "Pay later",
}
_LONGEST_TOKEN = 80
_MOST_DECIMALS = 4


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A form as it was filled in: `payments` is what the API takes, empty for pay later; `problems` are by field."""

    typed: Mapping[str, str]
    payments: list[dict[str, Any]] = field(default_factory=list)
    problems: Mapping[str, str] = field(default_factory=dict)

    @property
    def later(self) -> bool:
        return self.typed["method"] == "later"


def read(form: Mapping[str, str], *, total: Decimal, currency: str) -> Choice:
    """Return what was chosen and what is wrong with it; a split's second part is what the first leaves of `total`."""
    typed = {
        name: form.get(name, "").strip()
        for name in ("method", "token", "wallet", "amount", "first", "first-token", "second", "second-token")
    }
    problems: dict[str, str] = {}

    def one(kind: str, field_name: str) -> dict[str, Any]:
        if kind == "crypto":
            return {"kind": "crypto"}
        token = typed[field_name]
        if not token or len(token) > _LONGEST_TOKEN or not token.isprintable() or " " in token:
            problems[field_name] = (
                "A wallet is named by its token." if kind == "wallet" else "Which card? Its token, please."
            )
        return {"kind": kind, "token": token}

    match typed["method"]:
        case "card":
            payments = [one("card", "token")]
        case "wallet":
            payments = [one("wallet", "wallet")]
        case "crypto":
            payments = [{"kind": "crypto"}]
        case "split":
            amount = _amount(typed["amount"])
            if amount is None or not 0 < amount < total:
                problems["amount"] = f"The first part is more than nothing and less than {total} {currency}."
            payments = [
                {**one(_kind(typed["first"]), "first-token"), "amount": amount},
                one(_kind(typed["second"]), "second-token"),
            ]
        case "later":
            payments = []
        case _:
            payments = []
            typed["method"] = "card"
            problems["method"] = "Choose how to pay."
    return Choice(typed=typed, payments=payments, problems=problems)


def _kind(text: str) -> str:
    return text if text in {"card", "wallet", "crypto"} else "card"


def _amount(text: str) -> Decimal | None:
    try:
        amount = Decimal(text.replace(",", "."))
    except InvalidOperation:
        return None
    exponent = amount.as_tuple().exponent
    return amount if amount.is_finite() and isinstance(exponent, int) and -_MOST_DECIMALS <= exponent <= 0 else None
