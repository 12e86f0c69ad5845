"""CANCEL: quoting what comes back of a reservation, giving it up by that quote, and ordering the refunds."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from booking_svc.domain import cancellations
from booking_svc.domain.cancellations import Flown, NotCancellable, Quote, QuoteOutdated
from booking_svc.domain.departures import DepartureStatus
from booking_svc.domain.reservations import Status
from booking_svc.models import Coupon, Reservation
from booking_svc.service import access, ending, striking
from booking_svc.service.fares import database_time
from common import audit, journal, saga
from common.auth import Caller
from common.contracts.booking import CancellationCloseRequested
from common.money import Money
from common.saga import Order

# Refunds are written down by payment_svc within moments; one that is not after this long counts as stuck.
SECONDS = 120.0


def quote(session: Session, *, caller: Caller, locator: str, token: str) -> Quote:
    """
    Return what comes back of a reservation if it is given up now.

    :raises ReservationNotFound: if there is none, or it is not theirs
    :raises NotCancellable: if it is over, just being paid, or its journey has begun
    """
    return _quote(access.readable(session, caller=caller, locator=locator, token=token), at=database_time(session))


def cancel(
    session: Session, *, caller: Caller, locator: str, token: str, quote: str, failures: Sequence[str] = ()
) -> tuple[Reservation, Order | None]:
    """
    Give a reservation up by the quote of this name; send the order, if there is one, after the commit.

    `failures` are failure switches of this saga, beside those the reservation was made with.

    :raises ReservationNotFound, NotCancellable: as `quote`
    :raises QuoteOutdated: if that is not, or no longer, what comes back
    """
    found = access.changeable(session, caller=caller, locator=locator, token=token)
    reservation, _ = ending.lock(session, found.id)
    now_quoted = _quote(reservation, at=database_time(session))
    if now_quoted.name != quote:
        raise QuoteOutdated(
            f"This quote is out of date; {now_quoted.refund} comes back now. Look at the new quote and confirm that.",
            quote=now_quoted.name,
            refund=now_quoted.refund.amount,
            fee=now_quoted.fee.amount,
            currency=now_quoted.price.currency,
        )
    journal.record(
        session,
        correlation_id=reservation.correlation_id,
        kind="request",
        name="POST /reservations/{locator}/cancellations",
        quote=quote,
    )
    if caller.role in audit.PRIVILEGED:
        audit.record(
            session,
            by=caller,
            act="cancel reservation",
            subject=f"reservation {locator}",
            correlation_id=reservation.correlation_id,
            refund=now_quoted.refund.amount,
            currency=now_quoted.price.currency,
        )
    if reservation.status is Status.PENDING:
        give_up_hold(session, reservation, status=Status.CANCELLED, reason="cancelled")
        order = None
    else:
        order = give_up(session, reservation, refund=now_quoted.refund, reason="cancelled", failures=failures)
    session.flush()
    # With the time the database set, and with all that is shown of it.
    return session.get_one(Reservation, reservation.id, populate_existing=True), order


def give_up(
    session: Session, reservation: Reservation, *, refund: Money, reason: str, failures: Sequence[str] = ()
) -> Order:
    """
    The pivot of CANCEL: end a locked, confirmed reservation, and order what goes back of each of its payments.

    The seats are free and the refunds are certain once this is committed; send the order after that.
    """
    paid = [payment for payment in reservation.payments if payment.status == "authorized"]
    # What was paid is the price, unless a payment was lost a moment ago: then no more can go back than is left.
    back = min(refund.minor, sum(payment.amount_minor for payment in paid))
    switches = [*failures, *striking.switches_of(session, reservation)]
    shares = cancellations.shares_back([payment.amount_minor for payment in paid], back)
    ending.end(
        session,
        reservation,
        Status.CANCELLED,
        reason=reason,
        step="cancel reservation",
        refund=Money(back, reservation.currency),
    )
    return saga.begin(
        session,
        saga="cancel",
        subject_id=reservation.id,
        correlation_id=reservation.correlation_id,
        payload={
            "correlationId": reservation.correlation_id,
            "reservationId": reservation.id,
            **({"failures": switches} if switches else {}),
            "payments": [
                {
                    "part": payment.part,
                    "amount": Money(share, reservation.currency).amount,
                    "currency": reservation.currency,
                    "reason": reason,
                }
                for payment, share in zip(paid, shares, strict=True)
            ],
        },
        seconds=SECONDS,
        past_pivot=True,
    )


def give_up_hold(session: Session, reservation: Reservation, *, status: Status, reason: str) -> None:
    """End a locked, pending HOLD; whatever is set aside for it is let go by who hears of its end."""
    saga.abandon(session, saga=reservation.saga, subject_id=reservation.id, reason=reason)
    ending.end(session, reservation, status, reason=reason, step="cancel reservation")


def close(session: Session, command: CancellationCloseRequested, *, answers: Sequence[dict[str, Any]]) -> None:
    """End CANCEL: payment_svc has written down every refund, and gives the money back whatever happens."""
    journal.record_command(session, command)
    if saga.complete(session, saga="cancel", subject_id=command.reservation_id):
        journal.record(
            session,
            correlation_id=command.correlation_id,
            kind="step",
            name="close cancellation",
            payments={str(answer["part"]): answer["outcome"] for answer in answers},
        )


def note_never_taken(session: Session, reservation: Reservation, *, part: int) -> None:
    """Take out of what goes back what was ordered of a payment that the bank let go before it was captured."""
    run = saga.run_of(session, saga="cancel", subject_id=reservation.id)
    if run is None or reservation.refund_minor is None:
        return
    ordered = {each["part"]: Money.of(each["amount"], each["currency"]).minor for each in run["payload"]["payments"]}
    reservation.refund_minor -= ordered.get(part, 0)


def _quote(reservation: Reservation, *, at: datetime) -> Quote:
    coupons = [_flown(coupon, reservation.currency) for coupon in reservation.coupons]
    if reservation.status is Status.PENDING and reservation.saga == "hold":
        return cancellations.of_hold(
            locator=reservation.locator, coupons=coupons, price=reservation.price, until=reservation.pay_by
        )
    if reservation.status is Status.PENDING:
        raise NotCancellable(
            f"Reservation {reservation.locator} is just being paid; in a moment it is confirmed or failed."
        )
    if reservation.status is not Status.CONFIRMED:
        raise NotCancellable(f"Reservation {reservation.locator} is {reservation.status} already.")
    until = min(coupon.departure.departs_at for coupon in reservation.coupons)
    if until <= at and not any(coupon.cancelled for coupon in coupons):
        raise NotCancellable(f"The first flight of reservation {reservation.locator} has left.")
    return cancellations.of_confirmed(
        locator=reservation.locator, coupons=coupons, price=reservation.price, until=until
    )


def _flown(coupon: Coupon, currency: str) -> Flown:
    departure = coupon.departure
    return Flown(
        departure_id=departure.id,
        flight=f"{departure.airline} {departure.flight_number}",
        passenger=coupon.passenger.place,
        seat_number=coupon.seat_number,
        price=Money(coupon.fare_minor, currency),
        rule=coupon.rule,
        cancelled=departure.status is DepartureStatus.CANCELLED,
    )
