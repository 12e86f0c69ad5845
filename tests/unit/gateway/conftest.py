"""The pages as an application without any service, or with services that answer what a test says."""

import time
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.wrappers import Response

from gateway.pages import cookies, install, logins
from tests.surroundings import surroundings
from tests.unit.gateway.told import Told, told_by


def log_in(client: FlaskClient, *, role: str) -> None:
    """Give a browser what it would have after logging in."""
    kept = {"email": "ada@example.org", "role": role, "access_token": "a", "refresh_token": "r"}
    with client.application.test_request_context():
        carrier = Response()
        cookies.put(carrier, logins.NAME, {**kept, "until": time.time() + 600})
    client.set_cookie(logins.NAME, carrier.headers["Set-Cookie"].partition("=")[2].partition(";")[0])


@pytest.fixture
def app() -> Iterator[Flask]:
    with surroundings(key_secret="seals-the-cookies-of-these-unit-tests"):
        made = Flask("pages", static_folder=None)
        install.install(made, {})
        yield made


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def told(app: Flask) -> Told:
    """The services that the console asks."""
    return told_by(app)


@pytest.fixture
def olga(client: FlaskClient) -> FlaskClient:
    """An operator's browser."""
    log_in(client, role="operator")
    return client
