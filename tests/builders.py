"""Example messages, requests and rows with every field filled in; a test names only what it is about."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from common.contracts.booking import (
    ReservationCancelled,
    ReservationConfirmed,
    ReservationFailed,
    ReservationInitiated,
    SeatHeld,
)
from common.contracts.fare import FareUpdated, Offer, OfferedSegment
from common.contracts.flight import DepartureCancelled, DepartureDelayed, FlightScheduled, SeatMapGenerated
from common.contracts.payment import (
    PaymentAuthorized,
    PaymentAuthorizeRequested,
    PaymentFailed,
    PaymentMethod,
    PaymentRefundRequested,
    PaymentVoided,
    PaymentVoidRequested,
    RefundIssued,
)
from common.contracts.tariff import Family, Fare, Rule
from common.money import Money
from flight_svc.domain import seat_maps

LAYOUT = seat_maps.generate("Boeing 737-800", 160)
PRICE = Decimal("450.00")


def in_days(days: float) -> datetime:
    """Return the time so many days from now, UTC."""
    return datetime.now(UTC) + timedelta(days=days)


def a_seat_map(**changes: Any) -> SeatMapGenerated:
    """The layout of the aircraft that `a_departure` is flown with."""
    facts = {
        "correlation_id": uuid4(),
        "occurred_at": datetime.now(UTC),
        "seat_map_key": LAYOUT.key,
        "aircraft": LAYOUT.aircraft,
        "seats": LAYOUT.seat_count,
        "seat_map": LAYOUT.to_dict(),
    }
    return SeatMapGenerated(**facts | changes)


def a_departure(**changes: Any) -> FlightScheduled:
    """American 3003 from New York to Los Angeles, a month ahead."""
    facts = {
        "correlation_id": uuid4(),
        "occurred_at": datetime.now(UTC),
        "departure_id": 17,
        "airline": "AA",
        "flight_number": 3003,
        "origin": "JFK",
        "destination": "LAX",
        "departs_at": in_days(30),
        "departs_local": "2026-12-01T08:30:00-05:00",
        "arrives_at": in_days(30.25),
        "arrives_local": "2026-12-01T11:45:00-08:00",
        "distance_km": 3983,
        "seat_map_key": LAYOUT.key,
    }
    return FlightScheduled(**facts | changes)


def a_flight(departure_id: int, origin: str, destination: str, *, leaves: datetime, hours: float) -> FlightScheduled:
    """A departure of `a_departure`'s airline on a way and at a time of its own, UTC for simplicity."""
    arrives = leaves + timedelta(hours=hours)
    return a_departure(
        departure_id=departure_id,
        flight_number=departure_id,
        origin=origin,
        destination=destination,
        departs_at=leaves,
        departs_local=leaves.isoformat(timespec="seconds"),
        arrives_at=arrives,
        arrives_local=arrives.isoformat(timespec="seconds"),
    )


def a_delay(**changes: Any) -> DepartureDelayed:
    """The departure of `a_departure` leaves 45 minutes late."""
    facts = {
        "correlation_id": uuid4(),
        "occurred_at": datetime.now(UTC),
        "departure_id": 17,
        "airline": "AA",
        "flight_number": 3003,
        "departs_at": in_days(30 + 45 / 24 / 60),
        "departs_local": "2026-12-01T09:15:00-05:00",
        "arrives_at": in_days(30.25 + 45 / 24 / 60),
        "arrives_local": "2026-12-01T12:30:00-08:00",
        "previous_departs_at": in_days(30),
        "reason": "late inbound aircraft",
    }
    return DepartureDelayed(**facts | changes)


def a_departure_cancelled(**changes: Any) -> DepartureCancelled:
    """The departure of `a_departure` does not fly."""
    facts = {
        "correlation_id": uuid4(),
        "occurred_at": datetime.now(UTC),
        "departure_id": 17,
        "airline": "AA",
        "flight_number": 3003,
        "reason": "storm at the origin",
    }
    return DepartureCancelled(**facts | changes)


def a_fare(**changes: Any) -> FareUpdated:
    """American's Basic economy fare from New York to Los Angeles: 324.00 USD, not refundable, not changeable."""
    facts = {
        "correlation_id": uuid4(),
        "occurred_at": datetime.now(UTC),
        "fare_id": 41,
        "airline": "AA",
        "origin": "JFK",
        "destination": "LAX",
        "cabin": "economy",
        "family": "basic",
        "amount": Decimal("324.00"),
        "currency": "USD",
        "refundable": False,
        "refund_fee": Decimal(0),
        "changeable": False,
        "change_fee": Decimal(0),
        "seasons": [],
        "withdrawn": False,
    }
    return FareUpdated(**facts | changes)


def the_fares(**changes: Any) -> list[FareUpdated]:
    """A Basic fare of each cabin on that route: 324, 712 and 971 USD."""
    prices = {"economy": "324.00", "business": "712.00", "first": "971.00"}
    return [
        a_fare(fare_id=number, cabin=cabin, amount=Decimal(amount), **changes)
        for number, (cabin, amount) in enumerate(prices.items(), start=41)
    ]


def a_tariff(**changes: Any) -> Fare:
    """The same fare as services reckon with it; `refundable` and `refund_fee` are those of its rule."""
    facts = {
        "fare_id": 41,
        "airline": "AA",
        "origin": "JFK",
        "destination": "LAX",
        "flight_number": None,
        "cabin": "economy",
        "family": Family.BASIC,
        "base": Money(32400, "USD"),
        "rule": Rule(
            refundable=changes.pop("refundable", False),
            refund_fee=changes.pop("refund_fee", Money(0, "USD")),
            changeable=False,
            change_fee=Money(0, "USD"),
        ),
        "advance_purchase_days": 0,
        "valid_from": None,
        "valid_until": None,
        "seasons": (),
        "withdrawn": False,
    }
    return Fare(**facts | changes)


def an_offer(*, departures: Sequence[int] = (17,), passengers: int = 1, **changes: Any) -> Offer:
    """Economy on these departures in a Standard fare of 324.00 USD a passenger each, good for a quarter of an hour."""
    facts = {
        "offer_id": "of_bcdfghjklmnpqrst",
        "issued_at": datetime.now(UTC),
        "expires_at": in_days(15 / 24 / 60),
        "passengers": passengers,
        "cabin": "economy",
        "family": "standard",
        "segments": [
            OfferedSegment(
                departure_id=departure,
                fare_id=51,
                amount=Decimal("324.00"),
                refundable=True,
                refund_fee=Decimal("75.00"),
                changeable=True,
                change_fee=Decimal("50.00"),
            )
            for departure in departures
        ],
        "total": Decimal("324.00") * len(departures) * passengers,
        "currency": "USD",
    }
    return Offer(**facts | changes)


def a_reservation_request(*seats: str, **changes: Any) -> dict[str, Any]:
    """What `request_reservation` takes: one passenger for each seat of departure 17, paid with one good card."""
    numbers = list(seats or ["12A"])
    facts = {
        "departures": [{"departure_id": 17, "seats": numbers}],
        "passengers": [{"first_name": "Ada", "last_name": f"Lovelace-{number}"} for number in numbers],
        "contact": {"email": "ada@example.org"},
        "payments": [{"kind": "card", "token": "tok_visa"}],
        "correlation_id": uuid4(),
        "currency": "USD",
        "hold_seconds": 900,
    }
    return facts | changes


def an_authorize_command(**changes: Any) -> PaymentAuthorizeRequested:
    """Ask for 450.00 USD of a good card, for reservation 12345."""
    facts = {
        "correlation_id": uuid4(),
        "reservation_id": 12345,
        "amount": PRICE,
        "currency": "USD",
        "payment_method": PaymentMethod(kind="card", token="tok_visa"),
        "pay_by": in_days(1),
    }
    return PaymentAuthorizeRequested(**facts | changes)


def a_void_command(**changes: Any) -> PaymentVoidRequested:
    """Void what `an_authorize_command` asked for."""
    return PaymentVoidRequested(**{"correlation_id": uuid4(), "reservation_id": 12345} | changes)


def a_refund_command(**changes: Any) -> PaymentRefundRequested:
    """Give all of what `an_authorize_command` asked for back."""
    facts = {
        "correlation_id": uuid4(),
        "reservation_id": 12345,
        "amount": PRICE,
        "currency": "USD",
        "reason": "cancelled",
    }
    return PaymentRefundRequested(**facts | changes)


def an_initiated(**changes: Any) -> ReservationInitiated:
    """Reservation 12345 waits for 450.00 USD, to be paid later."""
    facts = {
        "correlation_id": uuid4(),
        "reservation_id": 12345,
        "locator": "K7Q2ZD",
        "amount": PRICE,
        "currency": "USD",
        "pay_by": in_days(1),
        "pay_later": True,
    }
    return ReservationInitiated(**facts | changes)


def a_confirmed(**changes: Any) -> ReservationConfirmed:
    """Reservation 12345 is confirmed."""
    facts = {"correlation_id": uuid4(), "reservation_id": 12345, "locator": "K7Q2ZD"}
    return ReservationConfirmed(**facts | changes)


def a_failed(**changes: Any) -> ReservationFailed:
    """Reservation 12345 failed because its time ran out."""
    facts = {"correlation_id": uuid4(), "reservation_id": 12345, "locator": "K7Q2ZD", "reason": "timeout"}
    return ReservationFailed(**facts | changes)


def a_cancelled(**changes: Any) -> ReservationCancelled:
    """Reservation 12345 was confirmed and is no longer, because one of its payments was lost."""
    facts = {"correlation_id": uuid4(), "reservation_id": 12345, "locator": "K7Q2ZD", "reason": "payment_failed"}
    return ReservationCancelled(**facts | changes)


def a_seat_held(**changes: Any) -> SeatHeld:
    """Seat 12A of departure 17 belongs to reservation 12345."""
    facts = {
        "correlation_id": uuid4(),
        "reservation_id": 12345,
        "locator": "K7Q2ZD",
        "seat_id": 987,
        "seat_number": "12A",
        "departure_id": 17,
        "airline": "AA",
        "flight_number": 1,
    }
    return SeatHeld(**facts | changes)


def an_authorized(**changes: Any) -> PaymentAuthorized:
    """The 450.00 USD of reservation 12345 are set aside."""
    facts = {
        "correlation_id": uuid4(),
        "reservation_id": 12345,
        "auth_id": "pa_bcdfg",
        "part": 1,
        "amount": PRICE,
        "currency": "USD",
    }
    return PaymentAuthorized(**facts | changes)


def a_payment_failed(**changes: Any) -> PaymentFailed:
    """The card of reservation 12345 was declined."""
    facts = {
        "correlation_id": uuid4(),
        "reservation_id": 12345,
        "auth_id": "pa_bcdfg",
        "part": 1,
        "amount": PRICE,
        "currency": "USD",
        "reason": "insufficient_funds",
    }
    return PaymentFailed(**facts | changes)


def a_payment_voided(**changes: Any) -> PaymentVoided:
    """The 450.00 USD of reservation 12345 are the payer's again."""
    facts = {
        "correlation_id": uuid4(),
        "reservation_id": 12345,
        "auth_id": "pa_1",
        "part": 1,
        "amount": PRICE,
        "currency": "USD",
        "reason": "departure_cancelled",
    }
    return PaymentVoided(**facts | changes)


def a_refund(**changes: Any) -> RefundIssued:
    """249.00 USD of reservation 12345 went back."""
    facts = {
        "correlation_id": uuid4(),
        "occurred_at": datetime.now(UTC),
        "reservation_id": 12345,
        "auth_id": "pa_1",
        "part": 1,
        "amount": Decimal("249.00"),
        "currency": "USD",
        "reason": "cancelled",
    }
    return RefundIssued(**facts | changes)


def an_answer(amount_minor: int, *, part: int = 1, status: str = "authorized") -> dict[str, Any]:
    """What payment_svc answers the saga about one payment."""
    return {"part": part, "authId": f"pa_{part}", "status": status, "amountMinor": amount_minor}
