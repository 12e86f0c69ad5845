"""Seats that make a step of their reservation fail, where failure switches are on: whoever clicks can have them too."""

from collections.abc import Iterable, Mapping

#: What each seat of row 11 does. Every aircraft with eleven rows has the first three.
SWITCHES: Mapping[str, str] = {
    "11A": "payment.authorize-payment=slow 3s",
    "11B": "payment.authorize-payment=lose-answer",
    "11C": "payment.authorize-payment=stuck",
    "11D": "booking.confirm-reservation=fail",
    "11E": "payment.authorize-payment=repeat",
    "11F": "booking.confirm-reservation=fail, payment.void-payment=fail",
}


def switches_of(seat_numbers: Iterable[str]) -> list[str]:
    """Return the switches of these seats, in the order of the seats."""
    return [each.strip() for seat in seat_numbers for each in SWITCHES.get(seat, "").split(",") if each]
