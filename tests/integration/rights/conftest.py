"""The services, over which every row of the table is walked."""

from collections.abc import Iterator, Mapping

import pytest

from common.db import Database
from tests.integration.services import Services, services_over


@pytest.fixture(scope="module")
def services(databases: Mapping[str, Database]) -> Iterator[Services]:
    """The services over their databases."""
    with services_over(databases) as running:
        yield running
