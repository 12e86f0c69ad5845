"""What a restored service is told comes over HTTP, page by page, from endpoints for operators."""

import pytest

from aerosaga import restoring
from aerosaga.errors import Refused
from common import codec
from common.contracts.subscriptions import SERVICES
from tests.integration.reliability.applications import client
from tests.reliability.restoring import Backup
from tests.reliability.small_world import SmallWorld


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
