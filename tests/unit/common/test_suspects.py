"""Commands pass side by side, and one that may kill its reader with nothing else in hand."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from common import queues, suspects
from common.suspects import Gate, Lifetime, is_suspect
from tests.surroundings import surroundings


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Gate:
    monkeypatch.setattr(suspects, "LIVE_SECONDS", 0.0)
    monkeypatch.setattr(suspects, "SHUFFLE_SECONDS", 0.0)
    return Gate()


class TestAGate:
    def test_lets_commands_through_side_by_side(self, gate):
        both = threading.Barrier(2)

        def carry_out() -> None:
            with gate.passed(alone=False):
                both.wait(10)

        with ThreadPoolExecutor(2) as pool:
            for done in [pool.submit(carry_out) for _ in range(2)]:
                done.result(10)

    def test_keeps_a_suspect_waiting_for_those_inside_and_everybody_waiting_for_it(self, gate):
        seen: list[str] = []
        inside, leave = threading.Event(), threading.Event()

        def carry_out(name: str, *, alone: bool) -> None:
            with gate.passed(alone=alone):
                seen.append(f"{name} in")
                if name == "first":
                    inside.set()
                    leave.wait(10)
                seen.append(f"{name} out")

        with ThreadPoolExecutor(8) as pool:
            first = pool.submit(carry_out, "first", alone=False)
            inside.wait(10)
            others = [pool.submit(carry_out, name, alone=True) for name in ("suspect", "another")]
            while not gate._alone:
                pass  # until one of them waits at the gate
            others.append(pool.submit(carry_out, "late", alone=False))
            assert seen == ["first in"]
            leave.set()
            for done in (first, *others):
                done.result(10)

        names = [word.split()[0] for word in seen]
        # Nobody was inside with anybody else.
        assert names[::2] == names[1::2]
        assert (names[0], sorted(names[::2])) == ("first", ["another", "first", "late", "suspect"])

    def test_is_open_again_after_a_suspect_that_only_failed(self, gate):
        with pytest.raises(KeyError), gate.passed(alone=True):
            raise KeyError("poison")

        with gate.passed(alone=False), gate.passed(alone=False):
            pass


class TestASuspect:
    def test_is_what_came_back_more_often_than_a_kill_or_two_explain(self):
        assert [number for number in range(5) if is_suspect(number)] == [2, 3, 4]
        # So that whatever was beside it has many chances to get through before the broker gives up on it.
        assert suspects.SUSPECT_AFTER < queues.DELIVERY_LIMIT / 4

    @pytest.mark.parametrize(("way", "seconds"), [("servers", 2.0), ("containers", 10.0)])
    def test_is_read_by_a_process_that_has_lived_so_long_that_it_is_started_again_at_once(self, way, seconds):
        with surroundings(way=way):
            assert Lifetime().missing_seconds > seconds
