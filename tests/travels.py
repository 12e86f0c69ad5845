"""Events of one journey as notification_svc hears them: Ada flies from New York to Los Angeles, a month ahead."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from common.contracts.booking import (
    Contact,
    ItineraryRecorded,
    ReservationConfirmed,
    ReservationFailed,
    ReservationInitiated,
    SeatHeld,
    SeatReleased,
    Segment,
    Traveller,
)
from common.contracts.flight import DepartureDelayed
from common.contracts.payment import PaymentAuthorized, PaymentFailed, PaymentVoided

DEPARTS = datetime(2026, 12, 1, 13, 30, tzinfo=UTC)
ARRIVES = datetime(2026, 12, 1, 19, 45, tzinfo=UTC)


class Journey:
    """Makes the events of one reservation of one seat, each a second after the one before."""

    def __init__(self, email: str, *, reservation_id: int = 12345, **contact: Any) -> None:
        self._contact = Contact(email=email, **contact)
        self._known = {"correlation_id": uuid4(), "reservation_id": reservation_id, "locator": "K7Q2ZD"}
        self._at = datetime.now(UTC) - timedelta(minutes=1)
        self._seat = {"seat_id": 987, "seat_number": "12A", "departure_id": 17, "airline": "AA", "flight_number": 3003}

    def recorded(self, *, first_name: str = "Ada", payments: int = 1) -> ItineraryRecorded:
        segment = Segment(
            departure_id=17,
            airline="AA",
            flight_number=3003,
            origin="JFK",
            destination="LAX",
            departs_at=DEPARTS,
            departs_local="2026-12-01T08:30:00-05:00",
            arrives_at=ARRIVES,
            arrives_local="2026-12-01T11:45:00-08:00",
            seats=["12A"],
            cabin="economy",
        )
        return ItineraryRecorded(
            **self._when(),
            contact=self._contact,
            passengers=[Traveller(first_name=first_name, last_name="Lovelace")],
            segments=[segment],
            amount=Decimal("450.00"),
            currency="USD",
            payments=payments,
        )

    def initiated(self, *, pay_later: bool = False) -> ReservationInitiated:
        money = {"amount": Decimal("450.00"), "currency": "USD"}
        return ReservationInitiated(**self._when(), **money, pay_by=DEPARTS, pay_later=pay_later)

    def confirmed(self) -> ReservationConfirmed:
        return ReservationConfirmed(**self._when())

    def failed(self, reason: str = "insufficient_funds") -> ReservationFailed:
        return ReservationFailed(**self._when(), reason=reason)

    def held(self) -> SeatHeld:
        return SeatHeld(**self._when(), **self._seat)

    def released(self) -> SeatReleased:
        return SeatReleased(**self._when(), **self._seat, reason="payment_failed")

    def authorized(self, auth_id: str = "pa_seven", part: int = 1) -> PaymentAuthorized:
        return PaymentAuthorized(**self._paid(auth_id, part))

    def voided(self, auth_id: str = "pa_seven", part: int = 1) -> PaymentVoided:
        return PaymentVoided(**self._paid(auth_id, part), reason="payment_failed")

    def payment_failed(self, auth_id: str = "pa_eight", part: int = 2) -> PaymentFailed:
        return PaymentFailed(**self._paid(auth_id, part), reason="insufficient_funds")

    def delayed(self, hours: int = 2) -> DepartureDelayed:
        return DepartureDelayed(
            correlation_id=uuid4(),
            occurred_at=self._when()["occurred_at"],
            departure_id=17,
            airline="AA",
            flight_number=3003,
            departs_at=DEPARTS + timedelta(hours=hours),
            departs_local=f"2026-12-01T{8 + hours:02}:30:00-05:00",
            arrives_at=ARRIVES + timedelta(hours=hours),
            arrives_local=f"2026-12-01T{11 + hours:02}:45:00-08:00",
            previous_departs_at=DEPARTS,
            reason="snow",
        )

    def _when(self) -> dict[str, Any]:
        self._at += timedelta(seconds=1)
        return {**self._known, "occurred_at": self._at}

    def _paid(self, auth_id: str, part: int) -> dict[str, Any]:
        when = self._when()
        del when["locator"]
        return {**when, "auth_id": auth_id, "part": part, "amount": Decimal("450.00"), "currency": "USD"}
