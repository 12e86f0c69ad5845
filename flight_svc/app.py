"""Entry points of flight_svc: the web application, the worker's Celery app, the consumer."""

from flask import Flask

from common import log
from common.consumer import EventConsumer
from common.service import create_service
from common.worker import create_worker
from flight_svc.api import blueprint
from flight_svc.consumers import HANDLERS
from flight_svc.models import database

celery = create_worker("flight")


def web() -> Flask:
    """Return the web application."""
    return create_service(
        "flight",
        database=database,
        blueprints=[blueprint],
        searches=("/departures", "/departures/<int:departure_id>"),
        handlers=HANDLERS,
    )


if __name__ == "__main__":
    log.configure(service="flight", role="consumer")
    EventConsumer("flight", HANDLERS, database).run()
