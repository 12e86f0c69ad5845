"""What a restored service is told comes over HTTP, page by page, from endpoints for operators."""

import importlib
import logging
from collections.abc import Iterator

import httpx
import pytest
import structlog

from aerosaga import restoring
from aerosaga.client import Client
from aerosaga.errors import Refused
from aerosaga.target import Target
from common import codec
from common.contracts.subscriptions import SERVICES
from tests.reliability.restoring import Backup
from tests.reliability.small_world import SmallWorld


class Applications(httpx.BaseTransport):
    """Every service's web application, each under its name as the host."""

    def __init__(self) -> None:
        self._apps = {name: importlib.import_module(f"{name}_svc.app").web() for name in SERVICES}

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return httpx.WSGITransport(app=self._apps[request.url.host]).handle_request(request)


@pytest.fixture
def applications() -> Iterator[Applications]:
    # An application sets up logging for its whole process, which here is that of the tests.
    handlers, level = logging.getLogger().handlers[:], logging.getLogger().level
    yield Applications()
    logging.getLogger().handlers[:] = handlers
    logging.getLogger().setLevel(level)
    structlog.reset_defaults()


def client(applications: Applications, tmp_path, token: str) -> Client:
    urls = {service: f"http://{service}" for service in SERVICES}
    target = Target(way="remote", urls=urls, operator_token=token, directory=tmp_path)
    return Client(target, transport=applications)


@pytest.mark.parametrize("service", SERVICES)
def test_what_is_told_over_http_is_what_is_stated(world: SmallWorld, applications, tmp_path, operator_token, service):
    backup = Backup(world, tmp_path / "backup")
    for seat in ("14C", "14D"):
        world.book(seat)

    told = restoring.told(
        client(applications, tmp_path, operator_token), service=service, since=backup.made_at + restoring.MARGIN
    )

    stated = codec.loads(codec.dumps(backup.told(service)))
    assert told["events"] == stated["events"]
    for book in set(told) - {"events", "since"}:
        assert told[book] == stated[book]
        assert told[book]


def test_a_long_book_is_told_to_its_end(world: SmallWorld, applications, tmp_path, operator_token, monkeypatch):
    monkeypatch.setattr(restoring, "PAGE", 2)
    backup = Backup(world, tmp_path / "backup")
    for seat in ("14A", "14B", "14C", "14D", "14E"):
        world.book(seat)

    told = restoring.told(
        client(applications, tmp_path, operator_token), service="booking", since=backup.made_at + restoring.MARGIN
    )

    assert len(told["letters"]) == 5
    assert told["events"] == codec.loads(codec.dumps(backup.told("booking")))["events"]


def test_nobody_else_is_told_anything(world: SmallWorld, applications, tmp_path):
    backup = Backup(world, tmp_path / "backup")

    with pytest.raises(Refused) as refused:
        restoring.told(client(applications, tmp_path, "not-the-token"), service="booking", since=backup.made_at)

    assert refused.value.status == 401
