"""The pages as an application without any service."""

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from gateway.pages import install
from tests.surroundings import surroundings


@pytest.fixture
def app() -> Iterator[Flask]:
    with surroundings(key_secret="seals-the-cookies-of-these-unit-tests"):
        made = Flask("pages", static_folder=None)
        install.install(made, {})
        yield made


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()
