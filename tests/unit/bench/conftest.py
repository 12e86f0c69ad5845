"""Small servers to send requests to."""

from collections.abc import Callable, Iterator

import pytest

from tests.unit.bench.answering import Server


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    """Start a server that answers each path (`name=...`) by the next of a list; stopped after the test."""
    servers = []

    def start(**answers: list[bytes | list[bytes]]) -> Server:
        server = Server({f"/{name}": given for name, given in answers.items()})
        servers.append(server)
        return server

    yield start
    for server in servers:
        server.close()
