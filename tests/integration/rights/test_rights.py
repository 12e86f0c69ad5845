"""The table of who may do what is what the services do, cell by cell, and has every operation they have."""

import pytest

from aerosaga import rights
from common.contracts.subscriptions import SERVICES
from tests.integration.services import CALLERS

COLUMNS, _ = rights.load()
ROWS = [(service, operation) for service in SERVICES for operation in rights.of(service)]
# auth_svc tells by its own keys whether a token is good, and the tests' tokens are signed by another.
JUDGES_TOKENS = ("auth", "GET /verify")


@pytest.mark.parametrize("service", SERVICES)
class TestTheTable:
    def test_has_every_operation_of_the_service_and_no_other(self, services, service):
        assert set(rights.of(service)) == set(services.operations(service))

    def test_agrees_with_the_document_on_which_operations_need_a_token(self, services, service):
        for operation, described in services.operations(service).items():
            needs = rights.of(service)[operation]["anonymous"] != "yes"

            assert ("security" in described) == needs, operation


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize(("service", "operation"), ROWS, ids=lambda part: part)
def test_a_caller_is_answered_as_the_table_says(services, service, operation, caller):
    if (service, operation) == JUDGES_TOKENS and caller != "anonymous":
        pytest.skip("tested with auth_svc's own tokens in tests/integration/auth_svc")
    words = rights.of(service)[operation]

    status = services.ask(service, operation, caller)

    if words[caller] != "yes":
        assert status == int(words[caller])
    elif "404" in words.values():
        # Somebody's own: it is there for them, though its state may not allow the act.
        assert status < 300 or status == 409
    else:
        # What is asked for may be missing or malformed, and the bank is away: that is said to who may ask.
        assert status not in {401, 403, 500}


def test_the_columns_are_the_callers():
    assert list(CALLERS) == COLUMNS
