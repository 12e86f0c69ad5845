"""Reservations that are asked for, held, paid, declined, refunded or lost, and how each of it must end."""

from decimal import Decimal

from tests.reliability.rest import Rest
from tests.reliability.scenes import SECONDS
from tests.reliability.traveller import Traveller
from tests.stack import Json, wait

CARD = {"kind": "card", "token": "tok_visa"}
DECLINED = {"kind": "card", "token": "tok_insufficient_funds"}
PART = {**CARD, "amount": Decimal("20.00")}


class TurnedBack(Exception):
    """Raised when a saga was turned back at its deadline, as promised: whoever was to carry it out died too often."""


def end(rest: Rest, reservation: Json, *ends: str) -> Json:
    """Wait until a reservation has one of these ends; confirmed may be on the way to cancelled."""
    locator = reservation["locator"]

    def ended() -> str | None:
        status = rest.ended(locator)
        return status if status in ends or rest.is_turned_back(locator) else None

    status = wait(ended, what=f"reservation {locator} to be {' or '.join(ends)}", seconds=SECONDS)
    if status not in ends:
        raise TurnedBack(f"reservation {locator} is {status}: its saga's time was over")
    return reservation


def paid(traveller: Traveller, rest: Rest) -> Json:
    """Pay at once, with one good card."""
    return end(rest, traveller.reserve(), "confirmed")


def declined(traveller: Traveller, rest: Rest) -> Json:
    """Pay at once, with a card that is declined."""
    return end(rest, traveller.reserve(payments=[DECLINED]), "failed")


def split(traveller: Traveller, rest: Rest) -> Json:
    """Pay at once, with two good cards."""
    return end(rest, traveller.reserve(2, payments=[PART, CARD]), "confirmed")


def half_declined(traveller: Traveller, rest: Rest) -> Json:
    """Pay at once, with a good card and one that is declined."""
    return end(rest, traveller.reserve(payments=[PART, DECLINED]), "failed")


def by_wallet(traveller: Traveller, rest: Rest) -> Json:
    """Pay at once, with a wallet."""
    operator = traveller.stack.operator_token
    token = traveller.send("payment", "/wallets", {"currency": "USD"}, token=operator)["token"]
    deposit = {"amount": Decimal("5000.00"), "currency": "USD", "reference": "the first deposit"}
    traveller.send("payment", f"/wallets/{token}/deposits", deposit, token=operator)
    return end(rest, traveller.reserve(payments=[{"kind": "wallet", "token": token}]), "confirmed")


def held_and_paid(traveller: Traveller, rest: Rest) -> Json:
    """Hold, and pay as soon as payment_svc knows of it; what dies meanwhile may take longer than the hold lasts."""
    held = traveller.reserve(payLater=True)
    if wait(lambda: rest.payable(held["locator"]), what="payment_svc to hear of the hold", seconds=SECONDS) == "open":
        body = {"locator": held["locator"], "paymentMethod": CARD}
        traveller.send(
            "payment", "/payments", body, token=held["accessToken"], or_refused=409
        )  # its time may be over by now
    return end(rest, held, "confirmed", "failed")


def expired(traveller: Traveller, rest: Rest) -> Json:
    """Hold, and never pay."""
    return end(rest, traveller.reserve(payLater=True), "failed")


def refunded(traveller: Traveller, rest: Rest) -> Json:
    """Pay at once; when the money is taken, an operator gives it back."""
    reservation = paid(traveller, rest)
    (auth_id,) = rest.payments(reservation["locator"])
    token = traveller.stack.operator_token
    traveller.send("payment", f"/payments/{auth_id}/refunds", {"reason": "goodwill"}, token=token)
    wait(lambda: rest.payments(reservation["locator"])[auth_id] == "refunded", what="the refund", seconds=SECONDS)
    return reservation


def lost(traveller: Traveller, rest: Rest) -> Json:
    """Pay at once, with a card whose money is gone by the time it is to be taken."""
    return end(rest, traveller.reserve(payments=[{"kind": "card", "token": "tok_expires_at_once"}]), "cancelled")


def lost_in_part(traveller: Traveller, rest: Rest) -> Json:
    """Pay at once, with a good card and one whose money is gone by then: what was taken goes back."""
    gone = {"kind": "card", "token": "tok_expires_at_once"}
    return end(rest, traveller.reserve(payments=[PART, gone]), "cancelled")
