"""A command that met a passing trouble: given back, or kept while the service's own database is away."""

import pytest
from celery.exceptions import Reject

from common import queues, worker
from common.errors import TransientError


class Away:
    """A database that is away for so many looks."""

    def __init__(self, looks: int) -> None:
        self.looks = looks

    def is_away(self) -> bool:
        self.looks -= 1
        return self.looks >= 0


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the command was asked to do; it works from the second time on."""
    monkeypatch.setattr(worker, "GIVE_BACK_SECONDS", 0.0)
    monkeypatch.setattr(worker, "LOOK_AGAIN_SECONDS", 0.0)
    monkeypatch.setattr(worker, "_note", lambda error: None)
    return []


def handle(asked: list[str]) -> str:
    asked.append("void")
    if len(asked) == 1:
        raise TransientError("somebody is away")
    return "done"


class TestATroubledCommand:
    def test_goes_back_to_its_queue_while_its_own_database_answers(self, asked, monkeypatch):
        monkeypatch.setattr(worker, "_own_database", lambda: Away(0))

        with pytest.raises(Reject) as rejected:
            worker._giving_back(handle, asked)

        assert rejected.value.requeue is True
        assert asked == ["void"]

    def test_goes_back_ever_later_so_that_its_deliveries_last_for_minutes(self):
        pauses = [worker._pause(deliveries=number) for number in range(queues.DELIVERY_LIMIT + 1)]

        assert pauses == sorted(pauses)
        assert (pauses[0], pauses[-1]) == (2.0, worker.LONGEST_PAUSE_SECONDS)
        assert sum(pauses) > 180

    def test_waits_for_its_own_database_and_is_carried_out_again(self, asked, monkeypatch):
        monkeypatch.setattr(worker, "_own_database", lambda: Away(100))

        assert worker._giving_back(handle, asked) == "done"
        assert asked == ["void", "void"]

    def test_does_not_wait_for_ever(self, asked, monkeypatch):
        monkeypatch.setattr(worker, "OUTLAST_SECONDS", 0.0)
        monkeypatch.setattr(worker, "_own_database", lambda: Away(100))

        with pytest.raises(Reject):
            worker._giving_back(handle, asked)
