"""Asking for a reservation: everything up to the saga's first command."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

from sqlalchemy import CursorResult, Result, Row, Table, bindparam, insert, select
from sqlalchemy.orm import Session

from booking_svc.domain.reservations import (
    SeatState,
    SeatTaken,
    Share,
    Status,
    WrongSplit,
    check_party,
    new_locator,
    split,
)
from booking_svc.domain.seats import nearest_free
from booking_svc.models import Coupon, Passenger, Reservation, Seat
from booking_svc.service import itineraries
from booking_svc.service.hoarding import refuse_hoarding
from booking_svc.service.layouts import layout
from booking_svc.service.wishes import Wish, find
from common import journal, outbox, saga
from common.contracts.booking import ReservationInitiated, SeatTentativelyHeld
from common.contracts.fare import Offer
from common.failures import patience
from common.journal import Line
from common.money import Money

# How many free seats a refusal names for each seat that is taken.
ALTERNATIVES = 6
# What a saga that pays now may take in all; then it turns back. Its seats are held for as long.
PAY_NOW_SECONDS = 120

# Made once, so that they are also compiled once.
_SEAT, _PASSENGER = cast("Table", Seat.__table__), cast("Table", Passenger.__table__)
_RESERVATION = insert(cast("Table", Reservation.__table__))
_PASSENGERS = insert(_PASSENGER).returning(_PASSENGER.c.id, _PASSENGER.c.place)
_COUPONS = insert(cast("Table", Coupon.__table__))
_SEATS = insert(_SEAT).returning(_SEAT.c.id, _SEAT.c.departure_id, _SEAT.c.seat_number)
_TAKEN = select(_SEAT.c.seat_number).where(
    _SEAT.c.departure_id == bindparam("departure_id"), _SEAT.c.seat_number.in_(bindparam("wanted", expanding=True))
)


def request_reservation(
    session: Session,
    *,
    departures: Sequence[Mapping[str, Any]],
    passengers: Sequence[Mapping[str, str]],
    contact: Mapping[str, str],
    payments: Sequence[Mapping[str, Any]] = (),
    offer: Offer | None = None,
    owner: str | None = None,
    correlation_id: UUID,
    currency: str,
    hold_seconds: int,
    hold_cap: int = 0,
    failures: Sequence[str] = (),
    expected_wait: float = 0.0,
) -> tuple[Reservation, saga.Order]:
    """
    Hold the seats and begin the saga: BOOK with `payments`, HOLD without.

    `departures` are `{departure_id, seats}` with one seat for each of the `passengers`, in their order; each of
    `payments` is `{kind, token, amount}`, where one may leave `amount` out. With an `offer`, whose signature the caller
    has verified, its fares are the price, else the cheapest Basic fares that are known. `owner` names who is logged
    in. `failures` are the failure switches of its saga, whose steps are expected to wait for `expected_wait` seconds
    behind others. Send the order after the commit.

    :raises Unbookable: if a departure or seat does not exist, has departed, or the numbers do not match
    :raises DepartureIsCancelled: if a departure does not fly
    :raises NoFare: if no fare is sold for a seat
    :raises OfferExpired, WrongOffer, FareWithdrawn: if the offer is not good for this
    :raises WrongSplit: if the payments do not add up to the price
    :raises SeatTaken: if somebody has a claim on one of the seats
    :raises TooManyHeld: if `hold_cap` seats of a departure, unless it is 0, are held by the same person already
    """
    asked = [(int(leg["departure_id"]), list(leg["seats"])) for leg in departures]
    check_party(passengers=len(passengers), departures=asked)
    wishes, at = find(session, asked=asked, passengers=len(passengers), currency=currency, offer=offer)
    price = Money(sum(wish.price.minor for legs in wishes for wish in legs), currency)
    shares = split(price, [_method(payment, currency) for payment in payments]) if payments else []
    _refuse_taken(session, wishes=wishes)
    if hold_cap and not shares:
        refuse_hoarding(
            session,
            seats={departure_id: len(numbers) for departure_id, numbers in asked},
            owner=owner,
            email=contact["email"],
            most=hold_cap,
            hold_seconds=hold_seconds,
        )

    seconds = _patience(shares, hold_seconds)
    reservation = _write(
        session,
        passengers=passengers,
        wishes=wishes,
        # One that is in use already (one in a thousand, beside a million others) runs this transaction once more.
        locator=new_locator(),
        status=Status.PENDING,
        saga="book" if shares else "hold",
        correlation_id=correlation_id,
        price_minor=price.minor,
        currency=currency,
        owner=owner,
        contact_email=contact["email"],
        contact_phone=contact.get("phone"),
        contact_language=contact.get("language", "en"),
        created_at=at,
        pay_by=at + timedelta(seconds=seconds),
        offer_id=None if offer is None else offer.offer_id,
    )
    seats = _claim(session, reservation=reservation, wishes=wishes)
    _note(session, reservation, seats=seats, failures=failures)
    _tell(session, reservation, seats=seats, wishes=wishes, payments=len(shares))
    order = saga.begin(
        session,
        saga=reservation.saga,
        subject_id=reservation.id,
        correlation_id=correlation_id,
        payload=_payload(reservation, shares) | ({"failures": list(failures)} if failures else {}),
        seconds=patience(failures, seconds),
        expected_wait=expected_wait,
        waits=not shares,
    )
    return reservation, order


def _write(
    session: Session, *, passengers: Sequence[Mapping[str, str]], wishes: Sequence[Sequence[Wish]], **facts: Any
) -> Reservation:
    """
    Write a reservation of these `facts` with its passengers and coupons; return it as it was written.

    Row by row, since all is known: the session's unit of work would find out in which order four classes go, for a
    fifth of what a request costs. What is returned belongs to no session.
    """
    reservation_id = _key(session.execute(_RESERVATION, facts))
    people = [
        {
            "reservation_id": reservation_id,
            "place": place,
            "first_name": person["first_name"],
            "last_name": person["last_name"],
        }
        for place, person in enumerate(passengers, start=1)
    ]
    ids = {row.place: row.id for row in session.execute(_PASSENGERS, people)}
    party = [Passenger(id=ids[person["place"]], **person) for person in people]
    coupons = [
        (_coupon(wish) | {"reservation_id": reservation_id, "passenger_id": passenger.id}, passenger, wish.departure)
        for legs in wishes
        for passenger, wish in zip(party, legs, strict=True)
    ]
    session.execute(_COUPONS, [coupon for coupon, _, _ in coupons])
    return Reservation(
        id=reservation_id,
        **facts,
        passengers=party,
        coupons=[
            Coupon(**coupon, passenger=passenger, departure=departure) for coupon, passenger, departure in coupons
        ],
        payments=[],
        refunds=[],
    )


def _coupon(wish: Wish) -> dict[str, Any]:
    return {
        "departure_id": wish.departure.id,
        "seat_number": wish.place.number,
        "cabin": wish.place.cabin,
        "fare_minor": wish.price.minor,
        "fare_id": wish.bought.fare_id,
        "family": wish.bought.family,
        "currency": wish.price.currency,
        "refundable": wish.bought.rule.refundable,
        "refund_fee_minor": wish.bought.rule.refund_fee.minor,
        "changeable": wish.bought.rule.changeable,
        "change_fee_minor": wish.bought.rule.change_fee.minor,
    }


def _refuse_taken(session: Session, *, wishes: Iterable[Sequence[Wish]]) -> None:
    for legs in wishes:
        departure = legs[0].departure
        wanted = {wish.place.number for wish in legs}
        taken = sorted(session.scalars(_TAKEN, {"departure_id": departure.id, "wanted": sorted(wanted)}))
        if taken:
            claimed = set(session.scalars(select(Seat.seat_number).where(Seat.departure_id == departure.id)))
            seat_map = layout(session, departure.seat_map_key)
            assert seat_map is not None, "its seats were found on it"
            alternatives = {
                number: nearest_free(seat_map=seat_map, asked=number, taken=claimed | wanted, count=ALTERNATIVES)
                for number in taken
            }
            raise SeatTaken(
                f"Seat {', '.join(taken)} on departure {departure.id} is taken.",
                departureId=departure.id,
                seats=taken,
                alternatives=alternatives,
            )


def _claim(session: Session, *, reservation: Reservation, wishes: Iterable[Sequence[Wish]]) -> Sequence[Row[Any]]:
    """
    Write the seats, and return `(id, departure_id, seat_number)` of each.

    The unique key decides a race that `_refuse_taken` could not see; who loses it runs again, and is refused there.
    """
    # Always in the same order, so that two parties who want the same seats do not lock each other out.
    places = sorted((wish.departure.id, wish.place.number) for legs in wishes for wish in legs)
    claims = [
        {
            "departure_id": departure_id,
            "seat_number": number,
            "reservation_id": reservation.id,
            "state": SeatState.TENTATIVE,
        }
        for departure_id, number in places
    ]
    return sorted(session.execute(_SEATS, claims).all(), key=lambda seat: seat.id)


def _note(session: Session, reservation: Reservation, *, seats: Sequence[Row[Any]], failures: Sequence[str]) -> None:
    correlation_id = reservation.correlation_id
    asked = {"locator": reservation.locator, "price": reservation.price.amount, "currency": reservation.currency}
    held = {"seats": [seat.seat_number for seat in seats]}
    journal.write(
        session,
        Line(correlation_id, kind="request", name="POST /reservations", detail=asked),
        Line(correlation_id, kind="step", name="hold seats", detail=held),
        *(
            [Line(correlation_id, kind="request", name="failure switches", detail={"set": list(failures)})]
            if failures
            else []
        ),
    )


def _tell(
    session: Session,
    reservation: Reservation,
    *,
    seats: Sequence[Row[Any]],
    wishes: Iterable[Sequence[Wish]],
    payments: int,
) -> None:
    known = {wish.departure.id: wish.departure for legs in wishes for wish in legs}
    outbox.record(
        session,
        ReservationInitiated(
            correlation_id=reservation.correlation_id,
            reservation_id=reservation.id,
            locator=reservation.locator,
            amount=reservation.price.amount,
            currency=reservation.currency,
            pay_by=reservation.pay_by,
            pay_later=reservation.saga == "hold",
            owner=reservation.owner,
            airlines=sorted({departure.airline for departure in known.values()}),
        ),
        itineraries.recorded(reservation, payments=payments),
        *(
            SeatTentativelyHeld(
                correlation_id=reservation.correlation_id,
                reservation_id=reservation.id,
                locator=reservation.locator,
                seat_id=seat.id,
                seat_number=seat.seat_number,
                departure_id=seat.departure_id,
                airline=known[seat.departure_id].airline,
                flight_number=known[seat.departure_id].flight_number,
                expires_at=reservation.pay_by,
            )
            for seat in seats
        ),
    )


def _key(made: Result[Any]) -> int:
    key = cast("CursorResult[Any]", made).inserted_primary_key
    assert key is not None
    return int(key[0])


def _method(payment: Mapping[str, Any], currency: str) -> tuple[str, str | None, Money | None]:
    if payment.get("currency", currency) != currency:
        # Looked at even without an amount: who names euros must not be charged dollars.
        raise WrongSplit(f"This is priced in {currency}; name the amounts in it.")
    amount: Decimal | None = payment.get("amount")
    return payment["kind"], payment.get("token"), None if amount is None else Money.of(amount, currency)


def _patience(shares: Sequence[Share], hold_seconds: int) -> int:
    if not shares:
        return hold_seconds
    # A crypto invoice is paid by a person, later: its reservation waits as long as a hold.
    by_hand = any(share.kind == "crypto" for share in shares)
    return max(hold_seconds, PAY_NOW_SECONDS) if by_hand else PAY_NOW_SECONDS


def _payload(reservation: Reservation, shares: Sequence[Share]) -> dict[str, Any]:
    first = reservation.coupons[0]
    return {
        "correlationId": reservation.correlation_id,
        "reservationId": reservation.id,
        "payments": [
            {
                "part": part,
                "amount": share.money.amount,
                "currency": share.money.currency,
                "paymentMethod": {"kind": share.kind, "token": share.token},
                "payBy": reservation.pay_by,
                "metadata": {
                    "passengerId": first.passenger_id,
                    "flightNumber": first.departure.flight_number,
                    "airline": first.departure.airline,
                },
            }
            for part, share in enumerate(shares, start=1)
        ],
    }
