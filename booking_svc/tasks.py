"""The commands booking_svc accepts, and the sweeps beat asks for."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from celery import shared_task

from booking_svc.models import database
from booking_svc.sagas import SAGAS
from booking_svc.service import cancelling, disrupting, guests, settling
from common import idempotency, saga
from common.contracts.booking import (
    CancellationCloseRequested,
    DisruptionCloseRequested,
    ReservationConfirmRequested,
    ReservationsDisruptRequested,
    SeatsReleaseRequested,
)
from common.sending import send
from common.watching import Glance
from common.worker import accepts, housekeeping, sweep

housekeeping("booking", database, (idempotency.prune, idempotency.KEEP), (guests.prune, timedelta(days=1)))


@accepts(ReservationConfirmRequested)
def confirm_reservation(command: ReservationConfirmRequested, answers: Any = ()) -> str:
    return database.share(settling.confirm_all, (command, _listed(answers)))


@accepts(SeatsReleaseRequested)
def release_seats(command: SeatsReleaseRequested, *_: Any) -> None:
    database.write(settling.release_seats, command)


@accepts(CancellationCloseRequested)
def close_cancellation(command: CancellationCloseRequested, answers: Any = ()) -> None:
    database.write(cancelling.close, command, answers=_listed(answers))


@accepts(ReservationsDisruptRequested)
def disrupt_reservations(command: ReservationsDisruptRequested, *_: Any) -> None:
    for order in disrupting.cancel_batch(database, command):
        order.send(SAGAS)


@accepts(DisruptionCloseRequested)
def close_disruption(command: DisruptionCloseRequested, *_: Any) -> None:
    database.write(disrupting.close, command)


@shared_task(bind=True, name="booking_svc.rewind_saga")
def rewind_saga(_self: Any, *_: Any, run_id: int, task_ids: Sequence[str]) -> None:
    # Bound, so that Celery sends it as a task of its own even from a worker that knows it.
    order = database.write(settling.begin_rewind, run_id=run_id, reason=saga.why(task_ids))
    if order:
        order.send(SAGAS)


@sweep("booking_svc.mail_access_codes", due=Glance(database, guests.ASKED))
def mail_access_codes() -> None:
    guests.mail_codes(database, send)


@sweep("booking_svc.wake_sagas", due=Glance(database, saga.DUE))
def wake_sagas() -> None:
    for order in database.write(saga.due):
        order.send(SAGAS)


def _listed(answers: Any) -> Sequence[dict[str, Any]]:
    # A chain hands on the one answer, a chord the list of all.
    return [answers] if isinstance(answers, dict) else answers
