"""Entry points of auditor_svc: the web application, the worker's Celery app, the consumer."""

from flask import Flask

from auditor_svc.api import blueprint
from auditor_svc.consumers import HANDLERS
from auditor_svc.models import database
from common import log, probes
from common.api import create_api
from common.consumer import EventConsumer
from common.parking.endpoints import parking_blueprint
from common.statements.endpoints import statements_blueprint
from common.worker import create_worker

celery = create_worker("auditor")


def web() -> Flask:
    """Return the web application."""
    return create_api(
        "auditor",
        title="Aerosaga: auditor",
        database=database,
        blueprints=[
            blueprint,
            parking_blueprint("auditor", database=database, handlers=HANDLERS),
            statements_blueprint("auditor", database=database, handlers=HANDLERS),
        ],
        probes={"database": database.ping, "broker": probes.broker},
    )


if __name__ == "__main__":
    log.configure(service="auditor", role="consumer")
    EventConsumer("auditor", HANDLERS, database).run()
