"""Each service keeps to its OpenAPI document, whatever it is sent."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import ignored_auth, positive_data_acceptance

from aerosaga import rights
from common.contracts.subscriptions import SERVICES
from tests.integration.services import credentials

OPERATIONS = [(service, operation) for service in SERVICES for operation in rights.of(service)]
# Enough that every operation gets past its checks and fails each of them, few enough that all take about a minute.
EXAMPLES = 10
# The same requests every time, so that who breaks nothing sees nothing break; a busy machine is no failure.
BOUNDED = settings(derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck))


def cases(operation, adas, headers):
    """Return requests an operation allows and such it does not, at addresses made up and at Ada's."""
    named = {parameter.name for parameter in operation.path_parameters}
    known = {name: place for name, place in adas.items() if name in named}
    places = [None, known] if known else [None]
    modes = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]
    return st.one_of(
        [operation.as_strategy(mode, path_parameters=place, headers=headers) for mode in modes for place in places]
    )


def left_out(service, operation):
    """Return the checks of schemathesis that are none of an operation."""
    # No schema says that a locator is known, a password good or a name one that a person could have.
    checks = [positive_data_acceptance]
    if rights.of(service)[operation]["anonymous"] == "404":
        # It wants a 401 or 403; but what is somebody's own looks to everybody else as if it did not exist.
        checks.append(ignored_auth)
    return checks


def callers():
    """Yield each operation with those whom it lets in: another is refused before anything is read."""
    for service, operation in OPERATIONS:
        words = rights.of(service)[operation]
        for caller in ("anonymous", "owner", "admin"):
            if caller == "anonymous" or words[caller] == "yes":
                yield service, operation, caller


@pytest.mark.parametrize(("service", "operation", "caller"), list(callers()), ids=lambda part: part)
def test_an_operation_answers_as_its_document_says(services, documents, service, operation, caller):
    method, _, path = operation.partition(" ")
    described = documents[service][path][method]
    refused = rights.of(service)[operation][caller] in {"401", "403"}
    headers, excluded = credentials(caller), left_out(service, operation)

    @settings(BOUNDED, max_examples=2 if refused else EXAMPLES)
    @given(case=cases(described, services.adas, headers))
    def ask(case):
        answer = case.call_and_validate(headers=headers, excluded_checks=excluded)

        # For schemathesis `default` documents every status; here each must be told.
        assert str(answer.status_code) in described.definition.raw["responses"]

    ask()
