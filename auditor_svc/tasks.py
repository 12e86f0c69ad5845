"""The sweeps beat asks auditor_svc for."""

from datetime import timedelta
from functools import cache

from auditor_svc.models import database
from auditor_svc.provider import Books
from auditor_svc.service import auditing, findings
from common.config import service_urls, settings
from common.contracts.subscriptions import SERVICES
from common.worker import housekeeping, sweep

# Long enough to look back after a bad week.
KEEP_RESOLVED = timedelta(days=30)

housekeeping("auditor", database, (findings.prune, KEEP_RESOLVED))


@cache
def books() -> Books:
    """Return the reader of the other services' books, one per process."""
    return Books(urls=service_urls(SERVICES), token=settings().operator_token or "")


rest = auditing.Rest()


@sweep("auditor_svc.audit", due=rest.is_due)
def audit() -> None:
    rest.note(quiet=auditing.audit(database, books()))
