"""The use cases of booking_svc as a test calls them, and what can be seen of them afterwards."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select, update

from booking_svc.models import Reservation, Seat
from booking_svc.service import access, reserving, settling
from common import saga
from common.applying import give
from common.auth import INSTALLATION
from common.columns import now
from common.contracts.booking import ReservationConfirmRequested, SeatsReleaseRequested
from common.contracts.payment import PaymentAuthorized
from common.db import Database
from common.money import Money
from common.outbox import outbox
from common.saga import saga_run
from tests.builders import a_reservation_request, an_answer, an_authorized


@dataclass(frozen=True)
class Booking:
    """The use cases of booking_svc, each in a transaction of its own, and what they left in the tables."""

    database: Database

    def request(self, *seats: str, **changes: Any) -> tuple[Reservation, saga.Order]:
        """Request a reservation of departure 17, see `builders.a_reservation_request`."""
        return self.database.write(reserving.request_reservation, **a_reservation_request(*seats, **changes))

    def confirm(self, reservation: Reservation, *answers: Mapping[str, Any]) -> str:
        """Carry out the command that ends the saga; without answers, one payment is authorized in full."""
        command = ReservationConfirmRequested(correlation_id=reservation.correlation_id, reservation_id=reservation.id)
        return self.database.write(settling.confirm, command, answers=answers or [an_answer(reservation.price_minor)])

    def release(self, reservation: Reservation) -> None:
        """Carry out the command that ends the way back."""
        command = SeatsReleaseRequested(correlation_id=reservation.correlation_id, reservation_id=reservation.id)
        self.database.write(settling.release_seats, command)

    def turn_back(self, order: saga.Order, reason: str | None = "insufficient_funds") -> saga.Order | None:
        """Begin the way back of a saga, as its error callback does."""
        return self.database.write(settling.begin_rewind, run_id=order.run_id, reason=reason)

    def let_time_run_out(self, reservation: Reservation) -> None:
        """Put the time to pay, and the saga's deadline, into the past."""

        def age(session: Any) -> None:
            session.execute(
                update(Reservation).where(Reservation.id == reservation.id).values(pay_by=now(seconds=-0.001))
            )
            session.execute(
                update(saga_run)
                .where(saga_run.c.subject_id == reservation.id)
                .values(deadline=now(seconds=-0.001), wake_at=now(seconds=-0.001))
            )

        self.database.write(age)

    def hear(self, handler: Any, *events: Any) -> None:
        """Apply events, all of one kind, in one transaction."""
        self.database.write(give, handler, events)

    def show(self, reservation: Reservation) -> Reservation:
        """Return a reservation as it is now."""
        return self.database.read(access.readable, caller=INSTALLATION, locator=reservation.locator, token="")

    def count(self) -> int:
        """Return how many reservations there are."""
        return self.database.read(lambda session: session.scalar(select(func.count()).select_from(Reservation))) or 0

    def seats(self) -> dict[str, str]:
        """Return every claimed seat of departure 17 with its state."""
        return dict(self.database.read(lambda session: session.execute(select(Seat.seat_number, Seat.state)).all()))

    def told(self, *types: str) -> list[dict[str, Any]]:
        """Return the bodies of the recorded events, in order; only of these types if any is named."""
        bodies = self.database.read(lambda session: session.scalars(select(outbox.c.body).order_by(outbox.c.id)).all())
        return [body for body in bodies if not types or body["type"] in types]

    def saga_state(self, reservation: Reservation) -> str:
        """Return the state of a reservation's saga."""
        wanted = select(saga_run.c.state).where(saga_run.c.subject_id == reservation.id)
        return self.database.read(lambda session: session.scalar(wanted))


def an_authorization(reservation: Reservation, *, part: int = 1, minor: int | None = None) -> PaymentAuthorized:
    """The event that a payment of a reservation, all of its price or `minor`, is authorized."""
    money = Money(minor or reservation.price_minor, reservation.currency)
    return an_authorized(reservation_id=reservation.id, part=part, auth_id=f"pa_{part}", amount=money.amount)
