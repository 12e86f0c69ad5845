"""The commands notification_svc accepts, and the sweeps beat asks for."""

from datetime import timedelta
from functools import cache

from common import idempotency, queues
from common.config import settings
from common.contracts.notification import AccessCodeMailRequested
from common.stopping import stopping
from common.watching import Glance
from common.worker import accepts, housekeeping, sweep
from notification_svc.models import database
from notification_svc.provider.receiver import Receiver
from notification_svc.service import access_codes, composing, delivering, logbook
from notification_svc.service.outside import Post
from notification_svc.service.webhooks import claiming, sending
from notification_svc.service.webhooks import logbook as webhook_logbook

# What is personal is forgotten a month after the journey; what was written, after half a year.
KEEP_ITINERARIES = timedelta(days=30)
KEEP_FACTS = timedelta(days=60)
KEEP_MESSAGES = timedelta(days=180)
# How many reservations are taken up to be written about; whoever takes them dies with no more than that.
COMPOSE = 200

housekeeping(
    "notification",
    database,
    (idempotency.prune, idempotency.KEEP),
    (logbook.prune_itineraries, KEEP_ITINERARIES),
    (logbook.prune_facts, KEEP_FACTS),
    (logbook.prune_messages, KEEP_MESSAGES),
    (webhook_logbook.prune, webhook_logbook.KEEP),
)


@cache
def receiver() -> Receiver:
    """Return what posts to receivers of webhooks, one per process."""
    return Receiver(private=settings().webhook_private_addresses == "allow")


@cache
def post() -> Post:
    """Return what sends messages, one per process."""
    return Post(settings())


@accepts(AccessCodeMailRequested)
def mail_access_code(command: AccessCodeMailRequested) -> None:
    database.write(access_codes.mail_access_code, command)


@sweep(
    "notification_svc.send_webhooks",
    due=Glance(database, claiming.DUE),
    queue=queues.webhooks("notification").name,
)
def send_webhooks() -> None:
    sending.send_due(database, receiver(), stopping=stopping)


@sweep("notification_svc.write_letters", due=Glance(database, composing.DUE))
def write_letters() -> None:
    while not stopping() and composing.compose_due(database, limit=COMPOSE) == COMPOSE:
        pass  # a full batch: there may be more


_glance_at_messages = Glance(database, delivering.DUE)


def _is_mail_due() -> bool:
    post().tidy()  # of connections that no message will come for
    return _glance_at_messages()


@sweep("notification_svc.deliver_messages", due=_is_mail_due)
def deliver_messages() -> None:
    delivering.deliver_due(database, post(), stopping=stopping)
