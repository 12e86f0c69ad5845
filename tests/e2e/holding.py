"""Seats held to be paid later, and paid."""

import httpx

from tests.stack import Json, Stack


def hold(stack: Stack) -> Json:
    """Hold a seat, and wait until payment_svc has heard what it costs."""
    held = stack.book(payLater=True)
    wait_until_payable(stack, held)
    return held


def wait_until_payable(stack: Stack, held: Json) -> None:
    """Wait until payment_svc has heard what a hold costs."""
    stack.wait(lambda: _has_heard(stack, held), what="payment_svc to hear of the hold")


def pay(stack: Stack, held: Json, token: str = "tok_visa", **more: object) -> httpx.Response:
    """Pay a hold at the payment service and return the answer, whatever it is."""
    kind = "wallet" if token.startswith("wal_") else "card"
    body = {"locator": held["locator"], "paymentMethod": {"kind": kind, "token": token}, **more}
    return stack.ask("POST", "payment", "/payments", body, token=held["accessToken"])


def _has_heard(stack: Stack, held: Json) -> bool:
    """Return whether payment_svc knows of a hold; asks it alone, since the hold does not last long."""
    timeline = stack.operate("GET", "payment", f"/timeline/{held['correlationId']}")
    return "ReservationInitiated" in [entry["name"] for entry in timeline]
