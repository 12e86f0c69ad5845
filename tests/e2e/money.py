"""What the bank's own ledger and the wallets say, to be set against what a reservation costs."""

from decimal import Decimal

from tests.stack import Json, Stack, read


def names(stack: Stack, reservation: Json) -> list[str]:
    """Return the names of every payment that payment_svc ever began for a reservation, heard of by others or not."""
    timeline = stack.operate("GET", "payment", f"/timeline/{reservation['correlationId']}")
    return list(dict.fromkeys(entry["detail"]["authId"] for entry in timeline if "authId" in entry["detail"]))


def payments(stack: Stack, reservation: Json) -> list[Json]:
    """Return every payment that payment_svc ever began for a reservation, as it is now, oldest first."""
    return [stack.operate("GET", "payment", f"/payments/{name}") for name in names(stack, reservation)]


def ledgers(stack: Stack, reservation: Json) -> list[list[str]]:
    """Return the acts in the bank's own ledger of each payment of a reservation that the bank knows of."""
    return [acts for acts in (stack.ledger(name) for name in names(stack, reservation)) if acts]


def wait_for_ledgers(stack: Stack, reservation: Json, *wanted: list[str], seconds: float = 20) -> None:
    """Wait until the bank's ledger has exactly these acts for each of a reservation's payments, in whatever order."""
    stack.wait(
        lambda: sorted(ledgers(stack, reservation)) == sorted(wanted),
        what=f"the bank's ledger to show {wanted} for {reservation['locator']}",
        seconds=seconds,
    )


def taken(stack: Stack, reservation: Json) -> Decimal:
    """Return what the bank has captured for a reservation and not given back, in whole units."""
    mine = set(names(stack, reservation))
    signs = {"capture": 1, "refund": -1}
    ledger = read(stack.ask("GET", "bank", "/ledger"))
    moved = (
        signs.get(entry["act"], 0) * entry["amountMinor"] for entry in ledger["entries"] if entry["reference"] in mine
    )
    return Decimal(sum(moved)) / 100


def wallet_with(stack: Stack, amount: Decimal, *, currency: str = "USD") -> str:
    """Open a wallet that holds `amount` and return its token."""
    token = stack.operate("POST", "payment", "/wallets", {"currency": currency})["token"]
    deposit = {"amount": amount, "currency": currency, "reference": "the first deposit"}
    stack.operate("POST", "payment", f"/wallets/{token}/deposits", deposit)
    return str(token)


def balance(stack: Stack, token: str) -> tuple[Decimal, Decimal]:
    """Return what a wallet has available, and what is set aside in it."""
    wallet = stack.operate("GET", "payment", f"/wallets/{token}")
    return wallet["available"], wallet["held"]
