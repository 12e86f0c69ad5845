"""Entry points of auth_svc: the web application and the worker's Celery app."""

from flask import Flask

from auth_svc.api import blueprint
from auth_svc.models import database
from auth_svc.service import signing
from common import codec
from common.auth.published_keys import PublishedKeys
from common.service import create_service
from common.worker import create_worker

celery = create_worker("auth")


def web() -> Flask:
    """Return the web application. It verifies access tokens as all services do, with the keys in its own tables."""
    return create_service(
        "auth",
        database=database,
        blueprints=[blueprint],
        keys=PublishedKeys("the database of auth_svc", fetch=_own_keys),
    )


def _own_keys(_: str) -> bytes:
    return codec.dumps(database.read(signing.published).to_jwks()).encode()
