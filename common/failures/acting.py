"""What happens to a step that a failure switch strikes, where the step is carried out."""

import logging
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import TypeVar

from celery.exceptions import Ignore

from common.db import CommitUnknown
from common.errors import DomainError, TransientError
from common.failures.switches import Behaviour, striking
from common.saga.steps import StepRefused

T = TypeVar("T")
log = logging.getLogger(__name__)

#: The reason of a step that is made to fail: what a fault of ours is called everywhere else too.
REASON = "internal_error"


def carry_out(deed: str, step: Callable[[], T]) -> T:
    """
    Let a command's `step` have this done to it (`fail`, `slow 3s`, ...); return its answer if that is to arrive.

    :raises StepRefused: if it is to fail, with nothing done
    :raises Ignore: if its answer is lost, or it is stuck and nothing was done: nobody hears of it
    """
    log.warning("a failure switch strikes: %s", deed)
    behaviour, seconds = _parts(deed)
    if behaviour is Behaviour.FAIL:
        raise StepRefused(REASON)
    if behaviour is Behaviour.STUCK:
        raise Ignore("stuck, by a failure switch")
    time.sleep(seconds)
    said = step()
    if behaviour is Behaviour.REPEAT:
        said = step()
    if behaviour is Behaviour.LOSE_ANSWER:
        raise Ignore("its answer is lost, by a failure switch")
    return said


def answer(switches: Iterable[str], target: str, step: Callable[[], T]) -> T:
    """
    Let the `step` of a request have done to it what these switches say of `target`; return its answer.

    :raises TransientError: if it is to fail, with nothing done
    :raises CommitUnknown: if its answer is lost
    """
    deed = striking(switches, target=target, attempt=1)
    if deed is None:
        return step()
    log.warning("a failure switch strikes: %s", deed)
    behaviour, seconds = _parts(deed)
    if behaviour is Behaviour.FAIL:
        raise TransientError(f"{target} fails, by a failure switch")
    time.sleep(seconds)
    said = step()
    if behaviour is Behaviour.REPEAT:
        # The second one finds what the first has done: its refusal is not for the client, who asked once.
        with suppress(DomainError):
            step()
    if behaviour is Behaviour.LOSE_ANSWER:
        raise CommitUnknown(f"the answer of {target} is lost, by a failure switch")
    return said


def _parts(deed: str) -> tuple[Behaviour, float]:
    behaviour, _, seconds = deed.partition(" ")
    return Behaviour(behaviour), float(seconds.removesuffix("s") or 0)
