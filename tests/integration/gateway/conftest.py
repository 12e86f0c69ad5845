"""Both doors in front of the same tiny services; every test here runs against each."""

from collections.abc import Iterator, Mapping

import pytest

from deploy.errors import CannotStart
from gateway.routes import SERVICES
from tests.integration.gateway.doors import KINDS, Door, running
from tests.integration.gateway.upstreams import Upstream


@pytest.fixture(scope="session")
def upstreams() -> Iterator[Mapping[str, Upstream]]:
    """One tiny service for each that the route table names."""
    started = {name: Upstream(name) for name in SERVICES}
    yield started
    for upstream in started.values():
        upstream.stop()


@pytest.fixture(scope="session", params=KINDS)
def door(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, upstreams: Mapping[str, Upstream]
) -> Iterator[Door]:
    """A door of each kind, with limits that no test meets by chance."""
    try:
        with running(
            request.param, tmp_path_factory.mktemp("door"), upstreams, rate_limit=1000, caller_rate_limit=1000
        ) as started:
            yield started
    except CannotStart as error:
        pytest.skip(str(error))


@pytest.fixture(autouse=True)
def forgetful(upstreams: Mapping[str, Upstream]) -> None:
    """Each test finds that nobody was asked anything."""
    for upstream in upstreams.values():
        upstream.seen.clear()
