"""Entry points of airline_svc: the web application and the worker's Celery app."""

from flask import Flask

from airline_svc.api import blueprint
from airline_svc.models import database
from common.service import create_service
from common.worker import create_worker

celery = create_worker("airline")


def web() -> Flask:
    """Return the web application."""
    return create_service(
        "airline",
        database=database,
        blueprints=[blueprint],
        searches=("/airlines", "/airlines/<code>", "/airports", "/airports/<code>"),
    )
