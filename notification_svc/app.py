"""Entry points of notification_svc: the web application, the worker's Celery app, the consumer."""

from flask import Flask

from common import log, probes
from common.api import create_api
from common.consumer import EventConsumer
from common.parking.endpoints import parking_blueprint
from common.statements.endpoints import statements_blueprint
from common.worker import create_worker
from notification_svc.api import blueprints
from notification_svc.consumers import HANDLERS
from notification_svc.models import database

celery = create_worker("notification")


def web() -> Flask:
    """Return the web application."""
    return create_api(
        "notification",
        title="Aerosaga: notification",
        database=database,
        blueprints=[
            *blueprints,
            parking_blueprint("notification", database=database, handlers=HANDLERS),
            statements_blueprint("notification", database=database, handlers=HANDLERS),
        ],
        probes={"database": database.ping, "broker": probes.broker, "results": probes.results},
    )


if __name__ == "__main__":
    log.configure(service="notification", role="consumer")
    EventConsumer("notification", HANDLERS, database).run()
