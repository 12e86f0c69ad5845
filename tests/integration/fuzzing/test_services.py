"""Each service keeps to its OpenAPI document, whatever it is sent."""

import pytest
from hypothesis import given, settings

from aerosaga import rights
from common.contracts.subscriptions import SERVICES
from tests.integration.fuzzing.asking import BOUNDED, cases, left_out
from tests.integration.services import credentials

OPERATIONS = [(service, operation) for service in SERVICES for operation in rights.of(service)]
# Enough that every operation gets past its checks and fails each of them, few enough that all take about a minute.
EXAMPLES = 10


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


def test_any_trace_of_a_caller_can_be_kept(services):
    # MariaDB refuses this one as a UUID.
    trace = {"traceparent": "00-aa9bccc061e9d6b47b5d80304c4aae8b-b7ad6b7169203331-01"}

    answer = services.clients["airline"].put("/airlines", json=[], headers=credentials("admin") | trace)

    assert answer.status_code == 200
