"""Both public doors, in front of the real services: what the one document of all of them says is what comes out."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import pytest
import requests
import schemathesis
from flask import Flask
from hypothesis import given, settings
from werkzeug.serving import WSGIRequestHandler, make_server

from aerosaga import rights
from deploy.errors import CannotStart
from gateway import problems, routes
from tests.conftest import OPERATOR_TOKEN
from tests.integration.fuzzing.asking import BOUNDED, cases, left_out
from tests.integration.gateway.doors import HTTP, KINDS, running
from tests.integration.services import Services

PUBLIC = [
    (service, operation)
    for service in routes.SERVICES
    for operation in rights.of(service)
    if (route := routes.find(operation.partition(" ")[2])) is not None and route.service == service
]
# The services are asked more in test_services.py; here it is about the way to them and back.
EXAMPLES = 3
UNLIMITED = {"rate_limit": 0, "caller_rate_limit": 0, "reservation_rate_limit": 0, "guess_rate_limit": 0}
# What a door says by itself; a service behind it that is away or slow would be a failure here.
OF_THE_DOOR = {
    (each.status, each.code)
    for each in vars(problems).values()
    if isinstance(each, problems.Problem) and each.status < 500
}


@dataclass(frozen=True)
class Serving:
    """Where a service is served."""

    url: str


class Quiet(WSGIRequestHandler):
    def log_request(self, *_: object) -> None:
        """Log nothing: pytest shows what matters."""


@contextmanager
def serving(application: Flask) -> Iterator[Serving]:
    """Serve a web application on a free port while the block runs."""
    server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield Serving(f"http://127.0.0.1:{server.server_port}")
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)


@pytest.fixture(scope="module")
def served(services: Services) -> Iterator[Mapping[str, Serving]]:
    """The services that a door leads to, each on a port of its own."""
    with ExitStack() as stack:
        yield {name: stack.enter_context(serving(services.applications[name])) for name in routes.SERVICES}


@pytest.fixture(scope="module", params=KINDS)
def door(request, tmp_path_factory, served):
    """A door of each kind that limits nobody."""
    try:
        with running(request.param, tmp_path_factory.mktemp("fuzzed-door"), served, **UNLIMITED) as started:
            yield started
    except CannotStart as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def document(door):
    """The one document of all services, as schemathesis reads it."""
    return schemathesis.openapi.from_dict(HTTP.get(f"{door.url}/openapi.json").raise_for_status().json())


@pytest.fixture(scope="module")
def session() -> Iterator[requests.Session]:
    """Connections that stay open from request to request."""
    with requests.Session() as session:
        session.trust_env = False
        yield session


@pytest.mark.parametrize("token", ["", OPERATOR_TOKEN], ids=["anonymous", "installation"])
@pytest.mark.parametrize(("service", "operation"), PUBLIC, ids=lambda part: part)
def test_the_door_answers_as_the_document_says(services, door, document, session, service, operation, token):
    method, _, path = operation.partition(" ")
    described = document[path][method]
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    excluded = left_out(service, operation)

    @settings(BOUNDED, max_examples=EXAMPLES)
    @given(case=cases(described, services.adas, headers))
    def ask(case):
        answer = case.call_and_validate(base_url=door.url, session=session, headers=headers, excluded_checks=excluded)

        if str(answer.status_code) not in described.definition.raw["responses"]:
            assert (answer.status_code, answer.json()["code"]) in OF_THE_DOOR

    ask()


def test_the_document_has_all_that_the_doors_let_through(document):
    told = {f"{method.upper()} {path}" for path, item in document.raw_schema["paths"].items() for method in item}

    assert told - {"PARAMETERS"} >= {operation for _, operation in PUBLIC}
    assert "x-missing" not in document.raw_schema
