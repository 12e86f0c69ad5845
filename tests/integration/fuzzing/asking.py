"""Which requests an operation is sent, and which checks its answers are put to."""

from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from schemathesis import Case, CheckFunction, GenerationMode
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import ignored_auth, positive_data_acceptance

from aerosaga import rights

# The same requests every time, so that who breaks nothing sees nothing break; a busy machine is no failure.
BOUNDED = settings(derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck))


def cases(
    operation: APIOperation[Any, Any, Any, Any], adas: dict[str, str], headers: dict[str, str]
) -> st.SearchStrategy[Case]:
    """Return requests an operation allows and such it does not, at addresses made up and at Ada's."""
    named = {parameter.name for parameter in operation.path_parameters}
    known = {name: place for name, place in adas.items() if name in named}
    places = [None, known] if known else [None]
    modes = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]
    return st.one_of(
        [operation.as_strategy(mode, path_parameters=place, headers=headers) for mode in modes for place in places]
    )


def left_out(service: str, operation: str) -> list[CheckFunction]:
    """Return the checks of schemathesis that are none of an operation."""
    # No schema says that a locator is known, a password good or a name one that a person could have.
    checks: list[CheckFunction] = [positive_data_acceptance]
    if rights.of(service)[operation]["anonymous"] == "404":
        # It wants a 401 or 403; but what is somebody's own looks to everybody else as if it did not exist.
        checks.append(ignored_auth)
    return checks
