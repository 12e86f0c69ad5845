"""The failure switches of a reservation: kept in the payload of its saga, read by what is done to it later."""

from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from booking_svc.models import Reservation
from common import failures, saga

CONFIRM = "booking.confirm-reservation"


def switches_of(session: Session, reservation: Reservation) -> list[str]:
    """Return the failure switches that a reservation was made with, where there are any at all."""
    if not failures.on():
        return []
    run = saga.run_of(session, saga=reservation.saga, subject_id=reservation.id)
    return [] if run is None else list(run["payload"].get("failures", ()))


def switches_of_all(session: Session, reservation_ids: Sequence[int]) -> list[str]:
    """Return the failure switches that any of these reservations was made with."""
    if not failures.on():
        return []
    runs = select(saga.saga_run.c.payload).where(
        saga.saga_run.c.saga.in_(["book", "hold"]), saga.saga_run.c.subject_id.in_(reservation_ids)
    )
    return list(dict.fromkeys(_all(session.scalars(runs))))


def confirms_by_command(session: Session, reservation: Reservation) -> bool:
    """Tell whether a switch strikes the confirmation, so that no event may confirm the reservation before it."""
    return any(text.startswith(f"{CONFIRM}=") for text in switches_of(session, reservation))


def _all(payloads: Iterable[dict[str, list[str]]]) -> list[str]:
    return [text for payload in payloads for text in payload.get("failures", ())]
