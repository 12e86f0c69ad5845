"""The commands notification_svc accepts, and the sweeps beat asks for."""

from common import idempotency
from common.contracts.notification import AccessCodeMailRequested
from common.worker import accepts, housekeeping
from notification_svc.models import database
from notification_svc.service import access_codes

housekeeping("notification", database, (idempotency.prune, idempotency.KEEP))


@accepts(AccessCodeMailRequested)
def mail_access_code(command: AccessCodeMailRequested) -> None:
    database.write(access_codes.mail_access_code, command)
