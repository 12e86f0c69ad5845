"""A command that met a passing trouble: given back, or kept while the service's own database is away."""

from contextlib import nullcontext
from types import SimpleNamespace
from uuid import uuid4

import pytest
from celery.exceptions import Reject

from common import queues, worker
from common.contracts.payment import PaymentVoidRequested
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


class Noted(Away):
    """A database that has, or has not, a note why a command was given back; it may only say so the second time."""

    def __init__(self, *answers: bool | Exception, away: int = 0) -> None:
        super().__init__(away)
        self.answers = list(answers)

    def read(self, *_: object, **__: object) -> bool:
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


class TestACommandThatCameBack:
    @pytest.mark.parametrize(
        ("deliveries", "noted", "alone"),
        [
            (0, Noted(), False),
            (1, Noted(), False),
            (2, Noted(False), True),
            (2, Noted(True), False),
            (2, Noted(TransientError("too many connections")), True),
            (2, Noted(TransientError("the database is away"), True, away=2), False),
            (2, Noted(TransientError("the database is away"), False, away=2), True),
        ],
        ids=["first", "second", "nobody could say why", "somebody said why", "nobody knows", "back: said", "back: not"],
    )
    def test_is_carried_out_alone_if_it_may_have_killed_its_readers(self, monkeypatch, deliveries, noted, alone):
        asked_for: list[bool] = []

        class Gate:
            def passed(self, *, alone: bool) -> nullcontext[None]:
                asked_for.append(alone)
                return nullcontext()

        monkeypatch.setattr(worker, "_gate", Gate())
        monkeypatch.setattr(worker, "_deliveries", lambda: deliveries)
        monkeypatch.setattr(worker, "_own_database", lambda: noted)
        monkeypatch.setattr(worker, "LOOK_AGAIN_SECONDS", 0.0)
        monkeypatch.setattr(worker, "current_task", SimpleNamespace(request=SimpleNamespace(id="a")))
        command = PaymentVoidRequested(correlation_id=uuid4(), reservation_id=1)

        assert worker._carry_out(lambda received: received.reservation_id, command) == 1
        assert asked_for == [alone]
        assert not noted.answers
