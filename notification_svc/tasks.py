"""The commands notification_svc accepts, and the sweeps beat asks for."""

import threading
from functools import cache
from typing import Any

from celery import signals

from common import idempotency
from common.config import settings
from common.contracts.notification import AccessCodeMailRequested
from common.worker import accepts, housekeeping, sweep
from notification_svc.models import database
from notification_svc.provider.receiver import Receiver
from notification_svc.service import access_codes
from notification_svc.service.webhooks import logbook, sending

housekeeping("notification", database, (idempotency.prune, idempotency.KEEP), (logbook.prune, logbook.KEEP))

stopping = threading.Event()


@signals.worker_shutting_down.connect(weak=False)
def stop_sending(**_: Any) -> None:
    stopping.set()


@cache
def receiver() -> Receiver:
    """Return what posts to receivers of webhooks, one per process."""
    return Receiver(private=settings().webhook_private_addresses == "allow")


@accepts(AccessCodeMailRequested)
def mail_access_code(command: AccessCodeMailRequested) -> None:
    database.write(access_codes.mail_access_code, command)


@sweep("notification_svc.send_webhooks")
def send_webhooks() -> None:
    sending.send_due(database, receiver(), stopping=stopping.is_set)
