"""Entry points of notification_svc: the web application, the worker's Celery app, the consumer."""

from flask import Flask

from common import log, probes
from common.consumer import EventConsumer
from common.contracts.statements import CorrespondenceStatement
from common.service import create_service
from common.statements.endpoints import kept_in
from common.worker import create_worker
from notification_svc.api import blueprints
from notification_svc.consumers import HANDLERS
from notification_svc.models import database
from notification_svc.service import statements

celery = create_worker("notification")


def web() -> Flask:
    """Return the web application."""
    return create_service(
        "notification",
        database=database,
        blueprints=blueprints,
        handlers=HANDLERS,
        books={CorrespondenceStatement.BOOK: kept_in(database, statements.correspondence)},
        also_needs={"results": probes.results},
    )


if __name__ == "__main__":
    log.configure(service="notification", role="consumer")
    EventConsumer("notification", HANDLERS, database).run()
