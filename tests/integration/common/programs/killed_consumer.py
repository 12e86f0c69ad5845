"""Hears what payment_svc hears, again after each of so many deaths: one event kills whoever reads it."""

import os
import signal
import sys

from common import journal, suspects
from common.consumer import EventConsumer
from common.contracts.booking import ReservationConfirmed
from payment_svc.models import database

POISON, DEATHS = int(sys.argv[1]), int(sys.argv[2])
# Nobody here waits longer with each start.
suspects.LIVE_SECONDS = 0.0


def note_or_die(session, event):
    if event.reservation_id == POISON:
        os.kill(os.getpid(), signal.SIGKILL)
    journal.record(session, correlation_id=event.correlation_id, kind="act", name="note", number=event.reservation_id)


for _ in range(DEATHS):
    if os.fork() == 0:
        EventConsumer("payment", {ReservationConfirmed: [note_or_die]}, database).run()
        os._exit(0)
    _, status = os.wait()
    if not os.WIFSIGNALED(status):
        sys.exit("the consumer ended, and nobody killed it")
