"""The web application of a service: its own endpoints, and those that its operators and the auditor need."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from flask import Flask
from flask_smorest import Blueprint

from common import probes
from common.api import create_api
from common.applying import Handlers
from common.auth.tokens import Keys
from common.db import Database
from common.metrics import Gauges, metrics_blueprint
from common.parking.endpoints import parking_blueprint
from common.statements.endpoints import Book, statements_blueprint


def create_service(
    service: str,
    *,
    database: Database,
    blueprints: Sequence[Blueprint],
    handlers: Handlers | None = None,
    books: Mapping[str, Book] | None = None,
    also_needs: Mapping[str, Callable[[], Any]] | None = None,
    metrics: Gauges | None = None,
    keys: Keys | None = None,
    searches: Collection[str] = (),
) -> Flask:
    """
    Return the web application of `<service>_svc`.

    `handlers` are what it hears and who applies it; `books` what it states besides its messages; `also_needs` what
    `/readyz` asks besides its database and the broker, `metrics` what `/metrics` tells besides what waits. `keys` and
    `searches` are as in `create_api`.
    """
    heard = handlers or {}
    return create_api(
        service,
        title=f"Aerosaga: {service}",
        database=database,
        blueprints=[
            *blueprints,
            parking_blueprint(service, database=database, handlers=heard),
            statements_blueprint(service, database=database, handlers=heard, books=books),
            metrics_blueprint(service, database=database, more=metrics),
        ],
        probes={"database": database.ping, "broker": probes.broker, **(also_needs or {})},
        keys=keys,
        searches=searches,
    )
