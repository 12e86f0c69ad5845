"""Entry points of airline_svc: the web application and the worker's Celery app."""

from flask import Flask

from airline_svc.api import blueprint
from airline_svc.models import database
from common import probes
from common.api import create_api
from common.parking.endpoints import parking_blueprint
from common.statements.endpoints import statements_blueprint
from common.worker import create_worker

celery = create_worker("airline")


def web() -> Flask:
    """Return the web application."""
    return create_api(
        "airline",
        title="Aerosaga: airline",
        database=database,
        blueprints=[
            blueprint,
            parking_blueprint("airline", database=database, handlers={}),
            statements_blueprint("airline", database=database, handlers={}),
        ],
        probes={"database": database.ping, "broker": probes.broker},
    )
