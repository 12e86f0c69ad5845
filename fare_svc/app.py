"""Entry points of fare_svc: the web application, the worker's Celery app, the consumer."""

from flask import Flask

from common import log
from common.consumer import EventConsumer
from common.service import create_service
from common.worker import create_worker
from fare_svc.api import blueprint
from fare_svc.consumers import HANDLERS
from fare_svc.models import database

celery = create_worker("fare")


def web() -> Flask:
    """Return the web application."""
    return create_service(
        "fare",
        database=database,
        blueprints=[blueprint],
        searches=("/offers", "/fares", "/fares/<int:fare_id>"),
        handlers=HANDLERS,
    )


if __name__ == "__main__":
    log.configure(service="fare", role="consumer")
    EventConsumer("fare", HANDLERS, database).run()
