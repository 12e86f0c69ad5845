"""Unit tests see the settings' defaults, whatever this machine or an earlier test has set."""

from collections.abc import Iterator

import pytest

from tests.surroundings import surroundings


@pytest.fixture(autouse=True)
def _default_settings() -> Iterator[None]:
    with surroundings():
        yield
