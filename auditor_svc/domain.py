"""What must be true between the books of the services; the promises of the design, as rules over their statements."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from common.contracts.statements import (
    AuthorizationStatement,
    PaymentStatement,
    ProviderStatement,
    ReservationStatement,
)

# What follows a change by event (a void, a capture, a refund) has so long before its absence is an inconsistency.
GRACE_SECONDS = 20.0
# A provider may be down for a while; a payment whose outcome nobody knows for so long is a finding all the same.
UNDECIDED_SECONDS = 120.0
# Beat asks for a relay twice a second; an event that waits for so long waits for somebody.
UNPUBLISHED_SECONDS = 10.0


class Rule(StrEnum):
    """The rules, each with the promise it watches."""

    SEATS = "seats"
    PRICE = "price"
    LEFTOVER = "leftover"
    DEADLINE = "deadline"
    NEWS = "news"
    UNDECIDED = "undecided"
    PROVIDER = "provider"
    UNPUBLISHED = "unpublished"
    UNHEARD = "unheard"
    PARKED = "parked"
    SILENT = "silent"

    @property
    def promise(self) -> str:
        """What is so while this rule has no finding."""
        return _PROMISES[self]


_PROMISES = {
    Rule.SEATS: "a confirmed reservation holds the seats it sold, one that ended holds none",
    Rule.PRICE: "a confirmed reservation has its full price authorized or captured",
    Rule.LEFTOVER: "an ended reservation has nothing authorized, and captured money went back by the rule",
    Rule.DEADLINE: "every reservation reaches its end by its deadline",
    Rule.NEWS: "a reservation is what its events told",
    Rule.UNDECIDED: "no payment's outcome stays unknown",
    Rule.PROVIDER: "payment_svc and the provider agree on every authorization",
    Rule.UNPUBLISHED: "every committed event is published within seconds",
    Rule.UNHEARD: "every published event is applied by each of its consumers",
    Rule.PARKED: "no message waits for an operator",
    Rule.SILENT: "every service states its books",
}


@dataclass(frozen=True, kw_only=True)
class Finding:
    """
    Something that is not as it must be.

    `subject` is what it is about, in words ("reservation 17"); `place` its number in the book it was found in.
    """

    rule: Rule
    subject: str
    place: int = 0
    detail: Mapping[str, Any] = field(default_factory=dict)


def look_at_reservations(
    reservations: Sequence[ReservationStatement],
    payments: Mapping[int, PaymentStatement],
    told: Mapping[int, str],
) -> Iterator[Finding]:
    """Yield what is wrong with `reservations`, given their `payments` and the status their events `told`, by number."""
    for reservation in reservations:
        subject, place = f"reservation {reservation.number}", reservation.number
        if reservation.late_seconds > GRACE_SECONDS:
            late: dict[str, Any] = {"status": reservation.status, "lateSeconds": round(reservation.late_seconds, 1)}
            yield Finding(rule=Rule.DEADLINE, subject=subject, place=place, detail=late)
        if reservation.quiet_seconds < GRACE_SECONDS:
            continue
        yield from _seats(reservation, subject)
        yield from _money(reservation, payments.get(reservation.number), subject)
        news = told.get(reservation.number, reservation.status)
        if news != reservation.status:
            detail = {"status": reservation.status, "told": news}
            yield Finding(rule=Rule.NEWS, subject=subject, place=place, detail=detail)


def look_at_payments(
    payments: Mapping[int, PaymentStatement], *, reservations: Mapping[int, ReservationStatement]
) -> Iterator[Finding]:
    """Yield what is wrong with `payments` by themselves, and which belong to none of the `reservations`."""
    for number, payment in payments.items():
        subject = f"reservation {number}"
        if payment.undecided_seconds > UNDECIDED_SECONDS:
            waits = {"undecidedSeconds": round(payment.undecided_seconds, 1)}
            yield Finding(rule=Rule.UNDECIDED, subject=subject, place=number, detail=waits)
        if number not in reservations and payment.authorized + payment.captured - payment.refunded > 0:
            nobodys = {"reservation": "unknown", **_sums(payment)}
            yield Finding(rule=Rule.LEFTOVER, subject=subject, place=number, detail=nobodys)


def look_at_provider(statements: Sequence[ProviderStatement]) -> Iterator[Finding]:
    """Yield the authorizations on which payment_svc and the provider do not agree."""
    for each in statements:
        if not each.agrees:
            detail = {"ours": each.ours or "unknown", "theirs": each.theirs}
            yield Finding(rule=Rule.PROVIDER, subject=f"payment {each.auth_id}", place=each.number, detail=detail)


def look_at_authorizations(statements: Sequence[AuthorizationStatement]) -> Iterator[Finding]:
    """Yield the authorizations that payment_svc believes in, and that the provider knows nothing of."""
    for each in statements:
        if not each.held:
            detail = {"ours": each.ours, "theirs": "unknown"}
            yield Finding(rule=Rule.PROVIDER, subject=f"payment {each.auth_id}", place=each.number, detail=detail)


def look_at_waiting(service: str, *, unpublished: int, oldest_seconds: float, parked: int) -> Iterator[Finding]:
    """Yield what waits for too long at a service."""
    subject = f"{service}_svc"
    if oldest_seconds > UNPUBLISHED_SECONDS:
        detail = {"events": unpublished, "oldestSeconds": round(oldest_seconds, 1)}
        yield Finding(rule=Rule.UNPUBLISHED, subject=subject, detail=detail)
    if parked:
        yield Finding(rule=Rule.PARKED, subject=subject, detail={"messages": parked})


def _seats(reservation: ReservationStatement, subject: str) -> Iterator[Finding]:
    sold, tentative, held = reservation.seats_sold, reservation.seats_tentative, reservation.seats_held
    wanted = {"pending": (sold, 0), "confirmed": (0, sold)}.get(reservation.status, (0, 0))
    if (tentative, held) != wanted:
        detail = {"status": reservation.status, "sold": sold, "tentative": tentative, "held": held}
        yield Finding(rule=Rule.SEATS, subject=subject, place=reservation.number, detail=detail)


def _money(reservation: ReservationStatement, payment: PaymentStatement | None, subject: str) -> Iterator[Finding]:
    if reservation.kept is None:
        return
    set_aside = payment.authorized if payment else 0
    ours = payment.captured - payment.refunded if payment else 0
    detail = {
        "status": reservation.status,
        "price": reservation.price,
        "kept": reservation.kept,
        **(_sums(payment) if payment else {"payments": "none"}),
    }
    if reservation.status == "confirmed":
        if set_aside + ours != reservation.kept:
            yield Finding(rule=Rule.PRICE, subject=subject, place=reservation.number, detail=detail)
    elif set_aside or ours != reservation.kept:
        yield Finding(rule=Rule.LEFTOVER, subject=subject, place=reservation.number, detail=detail)


def _sums(payment: PaymentStatement) -> dict[str, Any]:
    return {"authorized": payment.authorized, "captured": payment.captured, "refunded": payment.refunded}
