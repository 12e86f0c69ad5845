"""Hears what payment_svc hears and dies, as by a power cut, after it applied a batch and before the commit."""

import os
import signal

from common import journal
from common.consumer import EventConsumer
from common.contracts.booking import ReservationConfirmed
from payment_svc.models import database


def note_and_die(session, event):
    journal.record(session, correlation_id=event.correlation_id, kind="act", name="noted")
    os.kill(os.getpid(), signal.SIGKILL)


EventConsumer("payment", {ReservationConfirmed: [note_and_die]}, database).run()
