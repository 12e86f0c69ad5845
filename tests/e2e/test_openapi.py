"""Each service describes itself: every address it answers is in its OpenAPI document, with a summary and its errors."""

import importlib
import logging
import re
from collections.abc import Iterator

import pytest
import structlog

from tests.stack import Json, Stack, read
from tests.surroundings import surroundings

SERVICES = ["airline", "flight", "fare", "booking", "payment", "notification", "auth"]
METHODS = {"get", "put", "post", "patch", "delete"}
# What is for machines and browsers, and not part of what a service offers.
UNDESCRIBED = ("/healthz", "/readyz", "/docs", "/openapi.json", "/static")

# POSTs that say all they want by their address.
SAID_BY_THE_ADDRESS = ("/redeliveries", "/secret-rotations", "/tests")


@pytest.fixture(scope="module")
def specs(stack: Stack) -> dict[str, Json]:
    """The OpenAPI document of each service, as it serves it."""
    return {service: read(stack.ask("GET", service, "/openapi.json")) for service in SERVICES}


@pytest.fixture(scope="module")
def addresses() -> Iterator[dict[str, set[tuple[str, str]]]]:
    """Every (method, path) that each service's web application answers, with `{name}` for what varies."""
    handlers, level = logging.getLogger().handlers[:], logging.getLogger().level
    found = {}
    with surroundings():
        for service in SERVICES:
            rules = importlib.import_module(f"{service}_svc.app").web().url_map.iter_rules()
            found[service] = {
                (method.lower(), re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", r"{\1}", rule.rule))
                for rule in rules
                for method in rule.methods or ()
                if method.lower() in METHODS and not rule.rule.startswith(UNDESCRIBED)
            }
    yield found
    # An application sets up logging for its whole process, which here is that of the tests.
    logging.getLogger().handlers[:] = handlers
    logging.getLogger().setLevel(level)
    structlog.reset_defaults()


def operations(spec: Json) -> dict[tuple[str, str], Json]:
    return {
        (method, path): operation
        for path, item in spec["paths"].items()
        for method, operation in item.items()
        if method in METHODS
    }


@pytest.mark.parametrize("service", SERVICES)
class TestTheDocument:
    def test_has_every_address_the_service_answers_and_no_other(self, specs, addresses, service):
        assert set(operations(specs[service])) == addresses[service]

    def test_is_openapi_3_and_says_whose_it_is(self, specs, service):
        assert specs[service]["openapi"].startswith("3.")
        assert specs[service]["info"]["title"] == f"Aerosaga: {service}"

    def test_sums_up_every_operation_in_a_line(self, specs, service):
        summaries = [operation.get("summary", "") for operation in operations(specs[service]).values()]

        assert all(10 < len(summary) < 120 and "\n" not in summary for summary in summaries), summaries

    def test_tells_for_every_operation_that_errors_are_problem_documents(self, specs, service):
        for address, operation in operations(specs[service]).items():
            default = operation["responses"].get("default")

            assert default, address
            answer = specs[service]["components"]["responses"][default["$ref"].rpartition("/")[2]]
            assert list(answer["content"]) == ["application/problem+json"]

    def test_shows_the_body_of_every_operation_that_takes_one(self, specs, service):
        for (method, path), operation in operations(specs[service]).items():
            takes = method in {"put", "patch"} or (method == "post" and not path.endswith(SAID_BY_THE_ADDRESS))
            # Who takes something away may be asked why.
            assert takes == ("requestBody" in operation) or method == "delete", (method, path)

    def test_has_only_camel_case_names(self, specs, service):
        for schema in specs[service]["components"]["schemas"].values():
            for name in schema.get("properties", {}):
                # page_size and the pages of the X-Pagination header are flask-smorest's own.
                assert re.fullmatch(r"[a-z][a-zA-Z0-9]*", name) or name in PAGINATION, name


PAGINATION = {"total_pages", "first_page", "last_page", "previous_page", "next_page"}


@pytest.mark.parametrize("service", SERVICES)
def test_swagger_ui_is_served_with_all_that_it_loads(stack, service):
    page = stack.ask("GET", service, "/docs", follow_redirects=True)

    assert page.status_code == 200
    assert f"Aerosaga: {service}" in page.text
    loaded = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert loaded
    for address in loaded:
        assert not address.startswith(("http:", "https:", "//")), f"{address} is not ours"
        path = address if address.startswith("/") else f"/docs/{address}"
        assert stack.ask("GET", service, path).status_code == 200, address
