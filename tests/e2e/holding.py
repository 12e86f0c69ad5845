"""Seats held to be paid later."""

from tests.stack import Json, Stack


def hold(stack: Stack) -> Json:
    """Hold a seat, and wait until payment_svc has heard what it costs."""
    held = stack.book(payLater=True)
    stack.wait(lambda: _has_heard(stack, held), what="payment_svc to hear of the hold")
    return held


def _has_heard(stack: Stack, held: Json) -> bool:
    """Return whether payment_svc knows of a hold; asks it alone, since the hold does not last long."""
    timeline = stack.operate("GET", "payment", f"/timeline/{held['correlationId']}")
    return "ReservationInitiated" in [entry["name"] for entry in timeline]
