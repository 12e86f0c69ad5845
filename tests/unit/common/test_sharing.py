"""What several threads ask for at once is done together, and none of them fails for another."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from common.errors import DomainError
from common.sharing import Sharing


class Work:
    """Doubles numbers; `done` are those that were done together. The first time it waits until `go` is set."""

    def __init__(self, *, broken=()):
        self.done = []
        self.begun, self.go = threading.Event(), threading.Event()
        self._broken = broken

    def carry_out(self, asks):
        self.done.append(sorted(asks))
        if not self.begun.is_set():
            self.begun.set()
            assert self.go.wait(10)
        if any(ask in self._broken for ask in asks):
            raise LookupError(f"{asks} is broken")
        return [DomainError("odd") if ask % 2 else 2 * ask for ask in asks]


def ask_at_once(work, *asks, first=100):
    """Ask for the first, for the others while it is under way; return what each was answered, or the error."""
    sharing = Sharing(work.carry_out)

    def ask(number):
        try:
            return sharing.ask(number)
        except Exception as error:
            return error

    with ThreadPoolExecutor(20) as threads:
        answers = [threads.submit(ask, first)]
        assert work.begun.wait(10)
        answers += [threads.submit(ask, each) for each in asks]
        while len(sharing._waiting) < len(asks):
            pass
        work.go.set()
        return [answer.result(10) for answer in answers]


class TestSharing:
    def test_does_for_one_who_is_alone_what_he_asks(self):
        work = Work()
        work.go.set()

        assert Sharing(work.carry_out).ask(4) == 8
        assert work.done == [[4]]

    def test_does_together_what_is_asked_meanwhile(self):
        work = Work()

        assert ask_at_once(work, 2, 4, 6) == [200, 4, 8, 12]
        assert work.done == [[100], [2, 4, 6]]

    def test_raises_an_error_to_whom_it_is_for_alone(self):
        work = Work()

        first, two, three, four = ask_at_once(work, 2, 3, 4)

        assert (first, two, four) == (200, 4, 8)
        assert isinstance(three, DomainError)
        assert work.done == [[100], [2, 3, 4]]

    def test_does_each_by_itself_where_all_together_fail(self):
        work = Work(broken={4})

        first, two, four, six = ask_at_once(work, 2, 4, 6)

        assert (first, two, six) == (200, 4, 12)
        assert isinstance(four, LookupError)
        assert work.done[:2] == [[100], [2, 4, 6]]
        assert sorted(work.done[2:]) == [[2], [4], [6]]

    def test_does_not_do_again_what_failed_alone(self):
        work = Work(broken={100})

        first, two = ask_at_once(work, 2)

        assert isinstance(first, LookupError)
        assert (two, work.done) == (4, [[100], [2]])

    def test_goes_on_after_a_failure(self):
        work = Work(broken={4})
        work.go.set()
        sharing = Sharing(work.carry_out)

        with pytest.raises(LookupError):
            sharing.ask(4)
        assert sharing.ask(2) == 4
