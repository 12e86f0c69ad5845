"""Entry points of fare_svc: the web application, the worker's Celery app, the consumer."""

from flask import Flask

from common import log, probes
from common.api import create_api
from common.consumer import EventConsumer
from common.parking.endpoints import parking_blueprint
from common.statements.endpoints import statements_blueprint
from common.worker import create_worker
from fare_svc.api import blueprint
from fare_svc.consumers import HANDLERS
from fare_svc.models import database

celery = create_worker("fare")


def web() -> Flask:
    """Return the web application."""
    return create_api(
        "fare",
        title="Aerosaga: fare",
        database=database,
        blueprints=[
            blueprint,
            parking_blueprint("fare", database=database, handlers=HANDLERS),
            statements_blueprint("fare", database=database, handlers=HANDLERS),
        ],
        probes={"database": database.ping, "broker": probes.broker},
    )


if __name__ == "__main__":
    log.configure(service="fare", role="consumer")
    EventConsumer("fare", HANDLERS, database).run()
