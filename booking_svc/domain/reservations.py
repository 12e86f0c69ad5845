"""What a reservation may be and become, and why one is refused."""

import secrets
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from common.errors import Conflict, NotFound, Rejected, TooOften
from common.money import Money

# Without 0, 1, I and O, which people misread: 32 symbols, so 2^30 locators.
_SYMBOLS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
LOCATOR_LENGTH = 6
MAX_PASSENGERS = 9


class Status(StrEnum):
    """pending -> confirmed -> cancelled, or pending -> failed; a hold may be cancelled while it is pending."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    FAILED = "failed"
    CANCELLED = "cancelled"


_NEXT = {
    Status.PENDING: {Status.CONFIRMED, Status.FAILED, Status.CANCELLED},
    Status.CONFIRMED: {Status.CANCELLED},
    Status.FAILED: set[Status](),
    Status.CANCELLED: set[Status](),
}


class SeatState(StrEnum):
    """tentative while its price is not authorized; held from confirmation on."""

    TENTATIVE = "tentative"
    HELD = "held"


class IllegalMove(Conflict):
    """Raised when a reservation cannot go from what it is to what is asked."""

    code = "illegal_move"


class ReservationNotFound(NotFound):
    """Raised when there is no such reservation for this caller."""


class DepartureNotFound(NotFound):
    """Raised when booking_svc knows no departure of this number."""


class SeatTaken(Conflict):
    """Raised when somebody has a claim on a seat; `seats` names them, `alternatives` free ones like them."""

    code = "seat_taken"


class Unbookable(Rejected):
    """Raised when a request is well-formed and names something that cannot be booked."""

    code = "unbookable"


class TooManyHeld(TooOften):
    """Raised when somebody would hold more seats of one departure, without having paid, than anybody may."""

    code = "too_many_held"


class WrongSplit(Rejected):
    """Raised when the payments of a reservation do not add up to its price."""

    code = "wrong_split"


@dataclass(frozen=True)
class Share:
    """What one payment method is to pay."""

    kind: str
    token: str | None
    money: Money


def move(current: Status, wanted: Status) -> Status:
    """
    Return `wanted`.

    :raises IllegalMove: if a reservation cannot go from `current` to `wanted`
    """
    if wanted not in _NEXT[current]:
        raise IllegalMove(f"A {current} reservation cannot become {wanted}.")
    return wanted


def new_locator() -> str:
    """Return a random locator; the caller must make sure that it is not in use."""
    return "".join(secrets.choice(_SYMBOLS) for _ in range(LOCATOR_LENGTH))


def check_party(*, passengers: int, departures: Sequence[tuple[int, Sequence[str]]]) -> None:
    """
    Return if every passenger gets one seat on every departure.

    :raises Unbookable: if a seat or departure is named twice, or seats and passengers differ in number
    """
    for departure_id, times in Counter(departure for departure, _ in departures).items():
        if times > 1:
            raise Unbookable(f"Departure {departure_id} is named {times} times; name it once, with all of its seats.")
    for departure_id, seats in departures:
        twice = [seat for seat, times in Counter(seats).items() if times > 1]
        if twice:
            raise Unbookable(f"Seat {twice[0]} is asked for twice on departure {departure_id}.")
        if len(seats) != passengers:
            named = f"{len(seats)} {'seat' if len(seats) == 1 else 'seats'}"
            party = f"{passengers} {'passenger' if passengers == 1 else 'passengers'}"
            raise Unbookable(f"Departure {departure_id} names {named} for {party}; name one seat each.")


def split(price: Money, methods: Iterable[tuple[str, str | None, Money | None]]) -> list[Share]:
    """
    Return what each of the methods `(kind, token, amount)` pays; one without an amount pays the rest.

    :raises WrongSplit: if they do not add up to `price`, or more than one has no amount
    """
    named = list(methods)
    total = sum((money.minor for _, _, money in named if money), 0)
    open_ended = [method for method in named if method[2] is None]
    rest = Money(price.minor - total, price.currency)
    if len(open_ended) > 1:
        raise WrongSplit("Only one payment may leave its amount out: it pays the rest.")
    if any(money and money.minor <= 0 for *_, money in named):
        raise WrongSplit("Every payment must pay more than nothing.")
    if any(money and money.currency != price.currency for *_, money in named):
        raise WrongSplit(f"This is priced in {price.currency}; name the amounts in it.")
    if (open_ended and rest.minor <= 0) or (not open_ended and rest.minor != 0):
        named_total = Money(total, price.currency)
        raise WrongSplit(f"The payments add up to {named_total}; the price is {price}.", price=str(price.amount))
    return [Share(kind, token, money or rest) for kind, token, money in named]
