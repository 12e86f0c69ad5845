"""Entry points of flight_svc: the web application, the worker's Celery app, the consumer."""

from flask import Flask

from common import log, probes
from common.api import create_api
from common.consumer import EventConsumer
from common.parking.endpoints import parking_blueprint
from common.statements.endpoints import statements_blueprint
from common.worker import create_worker
from flight_svc.api import blueprint
from flight_svc.consumers import HANDLERS
from flight_svc.models import database

celery = create_worker("flight")


def web() -> Flask:
    """Return the web application."""
    return create_api(
        "flight",
        title="Aerosaga: flight",
        database=database,
        blueprints=[
            blueprint,
            parking_blueprint("flight", database=database, handlers=HANDLERS),
            statements_blueprint("flight", database=database, handlers=HANDLERS),
        ],
        probes={"database": database.ping, "broker": probes.broker},
    )


if __name__ == "__main__":
    log.configure(service="flight", role="consumer")
    EventConsumer("flight", HANDLERS, database).run()
