"""Transactions that several threads share: what they ask for while one is under way is done together by the next."""

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

log = logging.getLogger(__name__)

# More than the threads of any process, so that a transaction stays short whatever is asked of a process.
_MOST = 50


class Sharing:
    """
    Carries out for several threads at once what each of them asks for.

    `carry_out` takes asks and returns for each, in their order, its answer or the error that is to be raised for it;
    all of it is done, or nothing. Nobody waits for company: who finds no one at work begins at once.
    """

    def __init__(self, carry_out: Callable[[Sequence[Any]], Sequence[Any]]) -> None:
        self._carry_out = carry_out
        self._turn = threading.Lock()
        self._waiting: deque[_Place] = deque()

    def ask(self, ask: Any) -> Any:
        """
        Return the answer to `ask`, or raise the error.

        Where what several asked for cannot be done together, for whatever reason, each is done by itself: nobody fails
        for another.
        """
        place = _Place(ask)
        self._waiting.append(place)
        # Who comes first does it for all who wait; they find theirs done when it is their turn.
        with self._turn:
            while not place.taken:
                self._lead()
        if place.alone:
            (place.answer,) = self._carry_out([ask])
        if isinstance(place.answer, BaseException):
            raise place.answer
        return place.answer

    def _lead(self) -> None:
        places = [self._waiting.popleft() for _ in range(min(len(self._waiting), _MOST))]
        for place in places:
            place.taken = True
        try:
            answers = self._carry_out([place.ask for place in places])
        except Exception as error:
            if len(places) > 1:
                log.warning("%d are not done together, but one by one: %r", len(places), error)
                return
            answers = [error]
        for place, answer in zip(places, answers, strict=True):
            place.alone, place.answer = False, answer


class _Place:
    """What one thread asks for, and what becomes of it."""

    __slots__ = ("alone", "answer", "ask", "taken")

    def __init__(self, ask: Any) -> None:
        self.ask = ask
        self.answer: Any = None
        self.taken = False
        #: Until it is answered; so whatever ends who did it for all, each goes on by itself.
        self.alone = True
