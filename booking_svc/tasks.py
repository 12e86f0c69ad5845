"""The commands booking_svc accepts, and the sweeps beat asks for."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from celery import shared_task

from booking_svc.models import database
from booking_svc.sagas import SAGAS
from booking_svc.service import guests, settling
from common import idempotency, saga
from common.contracts.booking import ReservationConfirmRequested, SeatsReleaseRequested
from common.sending import send
from common.worker import accepts, housekeeping, sweep

housekeeping("booking", database, (idempotency.prune, idempotency.KEEP), (guests.prune, timedelta(days=1)))


@accepts(ReservationConfirmRequested)
def confirm_reservation(command: ReservationConfirmRequested, answers: Any = ()) -> str:
    # A chain hands on the one answer, a chord the list of all.
    listed = [answers] if isinstance(answers, dict) else answers
    return database.write(settling.confirm, command, answers=listed)


@accepts(SeatsReleaseRequested)
def release_seats(command: SeatsReleaseRequested, *_: Any) -> None:
    database.write(settling.release_seats, command)


@shared_task(bind=True, name="booking_svc.rewind_saga", ignore_result=True)
def rewind_saga(_self: Any, *_: Any, run_id: int, task_ids: Sequence[str]) -> None:
    # Bound, so that Celery sends it as a task of its own even from a worker that knows it.
    order = database.write(settling.begin_rewind, run_id=run_id, reason=saga.why(task_ids))
    if order:
        order.send(SAGAS)


@sweep("booking_svc.mail_access_codes")
def mail_access_codes() -> None:
    guests.mail_codes(database, send)


@sweep("booking_svc.wake_sagas")
def wake_sagas() -> None:
    for order in database.write(saga.due):
        order.send(SAGAS)
