"""Entry points of auditor_svc: the web application, the worker's Celery app, the consumer."""

from flask import Flask

from auditor_svc.api import add_metrics, blueprint
from auditor_svc.consumers import HANDLERS
from auditor_svc.models import database
from common import log
from common.consumer import EventConsumer
from common.service import create_service
from common.worker import create_worker

celery = create_worker("auditor")


def web() -> Flask:
    """Return the web application."""
    return create_service("auditor", database=database, blueprints=[blueprint], handlers=HANDLERS, metrics=add_metrics)


if __name__ == "__main__":
    log.configure(service="auditor", role="consumer")
    EventConsumer("auditor", HANDLERS, database).run()
