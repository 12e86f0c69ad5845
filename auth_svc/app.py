"""Entry points of auth_svc: the web application and the worker's Celery app."""

from flask import Flask

from auth_svc.api import blueprint
from auth_svc.models import database
from auth_svc.service import signing
from common import codec, probes
from common.api import create_api
from common.auth.published_keys import PublishedKeys
from common.parking.endpoints import parking_blueprint
from common.statements.endpoints import statements_blueprint
from common.worker import create_worker

celery = create_worker("auth")


def web() -> Flask:
    """Return the web application. It verifies access tokens as all services do, with the keys in its own tables."""
    return create_api(
        "auth",
        title="Aerosaga: auth",
        database=database,
        blueprints=[
            blueprint,
            parking_blueprint("auth", database=database, handlers={}),
            statements_blueprint("auth", database=database, handlers={}),
        ],
        probes={"database": database.ping, "broker": probes.broker},
        keys=PublishedKeys("the database of auth_svc", fetch=_own_keys),
    )


def _own_keys(_: str) -> bytes:
    return codec.dumps(database.read(signing.published).to_jwks()).encode()
